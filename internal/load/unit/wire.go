package unit

import (
	"encoding/binary"
	"errors"
)

// errWire is the error of every malformed encoding: the caller treats it as a
// miss, what exactly is wrong does not matter.
var errWire = errors.New("malformed encoding")

func appendBytes[T ~string | ~[]byte](b []byte, s T) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// A wire reads what appendBytes and binary.AppendUvarint wrote. After the first
// malformed item err is set and every read returns a zero value.
type wire struct {
	data []byte
	err  error
}

func (w *wire) uint() uint64 {
	v, n := binary.Uvarint(w.data)
	if n <= 0 {
		w.err, w.data = errWire, nil
		return 0
	}
	w.data = w.data[n:]
	return v
}

// count reads the number of items that follow, each of at least one byte.
func (w *wire) count() int {
	n := w.uint()
	if n > uint64(len(w.data)) {
		w.err, w.data = errWire, nil
		return 0
	}
	return int(n)
}

func (w *wire) bytes() []byte {
	n := w.count()
	b := w.data[:n:n]
	w.data = w.data[n:]
	return b
}

func (w *wire) string() string { return string(w.bytes()) }
