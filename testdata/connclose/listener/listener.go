// Package listener: LISTEN of lib/pq has a connection of its own.
package listener

import (
	"time"

	"github.com/lib/pq"
)

// noexec: connects to a server
func Leaks(dsn string) error {
	l := pq.NewListener(dsn, time.Second, time.Minute, nil) // want "connection from .* not (closed|released)"
	return l.Listen("events")
}

// noexec: connects to a server
func Closes(dsn string) error {
	l := pq.NewListener(dsn, time.Second, time.Minute, nil) // ok: deferred
	defer l.Close()
	return l.Listen("events")
}
