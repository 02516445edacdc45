-- What a component wrote to its standard output and error during a call, and logged: its words, without the values
-- that it was handed, and no more than is kept of them.
CREATE TABLE call_words (
  call TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  words TEXT NOT NULL
) STRICT;
CREATE INDEX call_words_by_person ON call_words (person, started_at);
