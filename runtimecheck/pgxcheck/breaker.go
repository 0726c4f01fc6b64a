package pgxcheck

import (
	"encoding/binary"
	"io"

	"github.com/connlint/connlint/runtimecheck/internal/track"
)

// A breaker stands between the server's messages and pgx, and breaks a result
// halfway when the Plan of a Sweep says so. It passes whole messages only.
type breaker struct {
	plan *track.Plan
	in   io.Reader
	wire *wire

	raw   []byte // read, not yet passed
	ready []byte // passed, not yet taken
	err   error  // from then on
	rows  int    // of the present result
}

// The messages of a result, https://www.postgresql.org/docs/current/protocol-message-formats.html
const (
	headerLen       = 5 // the type, and the length of what follows it
	dataRow         = 'D'
	commandComplete = 'C'
	readyForQuery   = 'Z'
)

func (b *breaker) Read(p []byte) (int, error) {
	for len(b.ready) == 0 {
		if b.err != nil {
			return 0, b.err
		}
		b.fill()
	}
	n := copy(p, b.ready)
	b.ready = b.ready[n:]
	return n, nil
}

// fill reads at least one byte and passes the messages that are complete.
func (b *breaker) fill() {
	var chunk [8192]byte
	n, err := b.in.Read(chunk[:])
	b.raw = append(b.raw, chunk[:n]...)
	if err != nil {
		b.err = err
	}
	for len(b.raw) >= headerLen {
		end := 1 + int(binary.BigEndian.Uint32(b.raw[1:headerLen]))
		if end < headerLen || len(b.raw) < end {
			break
		}
		if err := b.message(b.raw[0]); err != nil {
			b.err = err
			b.wire.kill()
			return
		}
		b.ready = append(b.ready, b.raw[:end]...)
		b.raw = b.raw[end:]
	}
}

// message returns the error to give in place of a message of this type. A result
// can break before its first row, before its second, and before its end.
func (b *breaker) message(kind byte) error {
	switch kind {
	case dataRow:
		if b.rows++; b.rows > 2 {
			return nil
		}
	case commandComplete:
		if b.rows == 0 {
			return nil // no result, or an empty one: nothing to tell it from a failed statement
		}
		b.rows = 0
	case readyForQuery:
		b.rows = 0
		return nil
	default:
		return nil
	}
	if b.wire == nil {
		return nil
	}
	err, _ := b.plan.Call(track.FailResult, b.wire.query())
	return err
}

// query is what runs on the wire now.
func (w *wire) query() string {
	w.mu.Lock()
	c := w.c
	w.mu.Unlock()
	if c == nil {
		return ""
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.query
}
