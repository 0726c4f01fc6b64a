package runtimecheck

import (
	"database/sql"
	"fmt"
	"testing"

	"github.com/connlint/connlint/runtimecheck/internal/track"
)

// Watch checks, when tb and its subtests have ended, a handle that cannot be tracked, because the code under test opens
// it: that no more of its connections are in use than now, and which goroutines database/sql keeps for open
// transactions and results. Lines are known only in a process started with GODEBUG=tracebackancestors=10;
// "connlint test" names them always. The goroutines are the process's: beside tests that run in parallel, some may be theirs.
func Watch(tb testing.TB, db *sql.DB, opts ...Option) {
	tb.Helper()
	h := track.NewHandle("watched", track.NewConfig(opts))
	h.DB = db
	before := db.Stats().InUse
	known := len(track.AwaitDone())
	h.ExtraBusy = func() bool { return db.Stats().InUse > before }
	h.Extra = func() []track.Leak {
		n := db.Stats().InUse - before
		if n <= 0 {
			return nil
		}
		leaks := []track.Leak{{Kind: track.Connection, Type: fmt.Sprintf("%d connections in use that were not before", n)}}
		if ends := track.AwaitDone(); len(ends) > known {
			for _, l := range ends {
				if len(l.Stack) == 0 {
					l.Note = "the line is not known: set GODEBUG=tracebackancestors=10, or run \"connlint test\""
				}
				leaks = append(leaks, l)
			}
		}
		return leaks
	}
	track.Guard(tb, h, func() {})
}
