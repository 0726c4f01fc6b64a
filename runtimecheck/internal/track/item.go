package track

import (
	"context"
	"sync/atomic"
	"time"
)

// A Kind says what is open. Its text is a word of the report.
type Kind string

// The kinds of a finding.
const (
	Rows         Kind = "Rows"         // a result set not closed
	Tx           Kind = "Tx"           // a transaction not ended
	Connection   Kind = "Conn"         // a connection checked out
	Stmt         Kind = "Stmt"         // a prepared statement
	Batch        Kind = "Batch"        // pgx.BatchResults
	Pool         Kind = "Handle"       // a *sql.DB or pool not closed
	DirtyRelease Kind = "DirtyRelease" // given back inside a transaction or with a result unread
	Nested       Kind = "Nested"       // a second connection taken while one is held
	Held         Kind = "Held"         // held longer than MaxHold
	Sessions     Kind = "Sessions"     // more sessions than MaxSessions or MaxConnects
	OnServer     Kind = "Session"      // seen by the server only
	Starved      Kind = "Starved"      // waits for a connection that nobody gives back
	Swallowed    Kind = "Swallowed"    // Sweep: success over a failed call
)

// An Item is one thing that is open. The zero value is ready; see [Handle.OpenItem].
type Item struct {
	Kind   Kind
	Type   string // as the user knows it: "*sql.Rows"
	Query  string
	Opened time.Time
	Ctx    context.Context // it was opened with; may be nil
	On     *Conn           // nil if on no connection in particular

	h          *Handle
	prev, next *Item // the Handle's list; h.mu
	linked     bool  // h.mu
	seq        uint64
	ambiguous  bool // h.mu; see mark
	stack      Stack

	last *statement // of a Tx; h.mu
}

// A statement is what a transaction ran last, and where.
type statement struct {
	query string
	stack Stack
}

// A Conn is one driver connection: a session on the server. Its embedded Item is linked while the connection is
// checked out.
type Conn struct {
	Item
	Number  int   // 1 for the first of its Handle
	Session int64 // the server's number of it; 0 if unknown

	// kill closes the driver connection by force; it returns false when a call is running on it.
	kill func() bool
	// out and unseen belong to the goroutine that owns the driver connection.
	out    bool
	unseen bool // opened by connectionOpener: its taker is not known yet
	gid    uint64
	tx     *Item // the open transaction; h.mu
	gone   atomic.Bool
	scopes []*Scope // that counted it; set once
}

// Out reports whether the connection is checked out. For the goroutine that owns it.
func (c *Conn) Out() bool { return c.out }
