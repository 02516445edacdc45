module texts

go 1.24
