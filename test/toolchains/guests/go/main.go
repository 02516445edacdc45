// The world `small` in Go, with the canonical ABI written by hand: Go's own compiler has no other.
package main

import (
	"hash/fnv"
	"strings"
	"unsafe"
)

// What the host was given stays here until it has been used.
var held = map[uintptr][]byte{}

func hold(bytes []byte) uintptr {
	if len(bytes) == 0 {
		bytes = make([]byte, 1)
	}
	at := uintptr(unsafe.Pointer(unsafe.SliceData(bytes)))
	held[at] = bytes
	return at
}

// Not `cabi_realloc`: the adapter of WASI would call that before this runtime has begun.
//
//go:wasmexport cabi_export_realloc
func realloc(old, before, align, size uint32) uint32 {
	made := make([]byte, size)
	copy(made, held[uintptr(old)])
	delete(held, uintptr(old))
	return uint32(hold(made))
}

func take(start, length uint32) string {
	defer delete(held, uintptr(start))
	return string(unsafe.Slice((*byte)(unsafe.Pointer(uintptr(start))), length))
}

//go:wasmexport hash
func hash(start, length uint32) uint32 {
	sum := fnv.New32a()
	sum.Write([]byte(take(start, length)))
	return sum.Sum32()
}

//go:wasmexport repeated
func repeated(start, length, times uint32) uint32 {
	made := []byte(strings.Repeat(take(start, length), int(times)))
	answer := make([]byte, 8)
	*(*uint32)(unsafe.Pointer(&answer[0])) = uint32(hold(made))
	*(*uint32)(unsafe.Pointer(&answer[4])) = uint32(len(made))
	return uint32(hold(answer))
}

//go:wasmexport cabi_post_repeated
func repeatedPost(answer uint32) {
	clear(held)
}

func main() {}
