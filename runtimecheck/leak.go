package runtimecheck

import (
	"runtime"
	"time"

	"github.com/connlint/connlint/runtimecheck/internal/track"
)

// A Kind says what a leak is.
type Kind string

// The kinds of a leak. Those from DirtyRelease on are findings about something that is no longer open.
const (
	KindRows         Kind = Kind(track.Rows)         // a result set not closed, or a Row not scanned
	KindTx           Kind = Kind(track.Tx)           // a transaction neither committed nor rolled back
	KindConn         Kind = Kind(track.Connection)   // a connection not given back
	KindStmt         Kind = Kind(track.Stmt)         // a prepared statement not closed, with Stmts
	KindBatch        Kind = Kind(track.Batch)        // pgx.BatchResults not closed
	KindHandle       Kind = Kind(track.Pool)         // a *sql.DB or pool not closed
	KindSession      Kind = Kind(track.OnServer)     // what only the server sees, with Server
	KindDirtyRelease Kind = Kind(track.DirtyRelease) // given back inside a transaction or with a result unread
	KindNested       Kind = Kind(track.Nested)       // a second connection taken while one is held, with Nested
	KindHeld         Kind = Kind(track.Held)         // held longer than MaxHold
	KindSessions     Kind = Kind(track.Sessions)     // more than MaxSessions or MaxConnects
	KindStarved      Kind = Kind(track.Starved)      // waits for a connection, with Limit
	KindSwallowed    Kind = Kind(track.Swallowed)    // success over a failed call, with Sweep
)

// A LeakError is what a check found. Its text has a paragraph for each leak.
type LeakError struct {
	Leaks []Leak
	text  string
}

func (e *LeakError) Error() string { return e.text }

// A Leak is something that was opened and not given back, or another finding of a check.
type Leak struct {
	Kind   Kind
	API    string          // that was called: "(*sql.DB).QueryContext"; "" if unknown
	Stack  []runtime.Frame // of the code that called it, innermost first; nil if unknown
	Query  string
	Opened time.Time
	Test   string         // the test that was judged; "" for the whole program
	Note   string         // "it ended only because t.Context() was cancelled …"
	Server *ServerSession // with the Server option
}

// A ServerSession is what the server says about the session of a leak.
type ServerSession struct {
	ID    int64         // pg_backend_pid() or CONNECTION_ID()
	State string        // as the server calls it: "idle in transaction"
	TxAge time.Duration // 0 outside a transaction
	Locks []string      // "accounts RowExclusiveLock"
}

func newLeakError(r *track.Report) *LeakError {
	e := &LeakError{text: r.Error()}
	for _, l := range r.Leaks {
		leak := Leak{Kind: Kind(l.Kind), API: l.API, Stack: l.Stack, Query: l.Query, Opened: l.Opened, Test: l.Test, Note: l.Note}
		if s := l.Server; s != nil {
			leak.Server = &ServerSession{ID: s.ID, State: s.State, TxAge: s.TxAge, Locks: s.Locks}
		}
		e.Leaks = append(e.Leaks, leak)
	}
	return e
}
