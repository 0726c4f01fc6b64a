package runtimecheck

import (
	"time"

	"github.com/connlint/connlint/runtimecheck/internal/track"
)

// An Option changes what a check looks at and what it does.
type Option = track.Option

func option(f func(*track.Config)) Option { return track.OptionFunc(f) }

// Settle is how long a check waits for things to come back: goroutines that the test has started may still be at
// work. The default is 2 seconds. A check that finds nothing open does not wait.
func Settle(d time.Duration) Option {
	return option(func(c *track.Config) { c.Settle = d })
}

// Stmts judges prepared statements too. They cost the server memory, not the pool a connection, and many programs
// keep them for life: hence the option.
func Stmts() Option {
	return option(func(c *track.Config) { c.Stmts = true })
}

// Nested fails the test when a goroutine takes a second connection of a handle while it holds one: the
// deadlock of a pool of one, and under load of a pool of any size. It finds "db.Exec inside a transaction" too.
// It costs some 20 µs for each connection taken.
func Nested() Option {
	return option(func(c *track.Config) { c.Nested = true })
}

// MaxHold fails the test when a connection was held longer than d before it came back. What never comes back is a
// leak anyway.
func MaxHold(d time.Duration) Option {
	return option(func(c *track.Config) { c.MaxHold = d })
}

// MaxSessions fails the test when more than n driver connections were open at the same time: each is a session of the
// server.
func MaxSessions(n int) Option {
	return option(func(c *track.Config) { c.MaxSessions = n })
}

// MaxConnects fails the test when more than n driver connections were opened altogether: by code that opens a pool
// for each request, or whose idle limit makes it close and open again.
func MaxConnects(n int) Option {
	return option(func(c *track.Config) { c.MaxConnects = n })
}

// HangAfter prints to standard error what is held, who waits for a connection and, with [Server], who blocks
// whom, when the test has not ended after d. Without this option that happens shortly before the deadline
// of go test -timeout. A negative d turns it off.
func HangAfter(d time.Duration) Option {
	return option(func(c *track.Config) { c.HangAfter = d })
}

// RawConns gives (*sql.Conn).Raw the driver's own connection, for code that asserts its type. The connections
// are not wrapped then, and a leak is found by comparing: what was opened, is in use and not idle. Its
// line is that of the opening of the connection, which an earlier use may have caused. A leaked connection is
// not closed by force. Only OpenDB and Open take it. Nested, MaxHold, Stmts and Sweep need the wrapper.
func RawConns() Option {
	return option(func(c *track.Config) { c.RawConns = true })
}

// IgnoreFunc leaves out what this function or its callees opened. The name is the full one of
// runtime.Frame: "example.org/store.(*Cache).refresh".
func IgnoreFunc(name string) Option {
	return option(func(c *track.Config) { c.IgnoreFuncs = append(c.IgnoreFuncs, name) })
}

// IgnoreCurrent leaves out what is open on shared handles at the time of the call of IgnoreCurrent.
func IgnoreCurrent() Option {
	open := track.OpenNow()
	return option(func(c *track.Config) { c.IgnoreOpen = open })
}

// RunOnFailure judges also a test that has failed or was skipped. By default what it left open, usually a
// consequence, is only logged.
func RunOnFailure() Option {
	return option(func(c *track.Config) { c.RunOnFailure = true })
}

// OnLeak calls f instead of failing the test.
func OnLeak(f func(*LeakError)) Option {
	return option(func(c *track.Config) { c.OnLeak = func(r *track.Report) { f(newLeakError(r)) } })
}
