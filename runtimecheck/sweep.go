package runtimecheck

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"testing"

	"github.com/connlint/connlint/runtimecheck/internal/track"
)

// A Fault is a way in which [Sweep] lets a database call fail.
type Fault string

// The faults. A call suffers those that fit it.
const (
	FailConnect Fault = Fault(track.FailConnect) // a connection cannot be opened
	FailQuery   Fault = Fault(track.FailQuery)   // a statement, Prepare, Begin or Ping returns an error and is not sent
	FailResult  Fault = Fault(track.FailResult)  // a result breaks in place of its first or second row, or its end
	FailCommit  Fault = Fault(track.FailCommit)  // Commit returns an error, and the transaction is rolled back
	KillConn    Fault = Fault(track.KillConn)    // a call fails and its connection is dead from then on
)

// Faults chooses what Sweep lets fail; the default is all.
func Faults(faults ...Fault) Option {
	return option(func(c *track.Config) {
		for _, f := range faults {
			c.Faults = append(c.Faults, track.Fault(f))
		}
	})
}

// MaxRuns is how often Sweep runs the body at most; the default is 1000.
func MaxRuns(n int) Option {
	return option(func(c *track.Config) { c.MaxRuns = n })
}

// Tolerate lets a run of Sweep succeed although a call failed: for bodies with calls whose error does not matter.
func Tolerate() Option {
	return option(func(c *track.Config) { c.Tolerate = true })
}

// An InjectedError is the error of a call that Sweep lets fail. It is never driver.ErrBadConn, so database/sql does not
// repeat the call.
type InjectedError = track.InjectedError

// Sweep walks the error paths of body. It runs body untouched, which must succeed, then with its first database
// call failing, then with its second, and so on until a run ends before the call that was to fail; and once more
// in this way with connections that die. Calls are counted at the driver, against the real database.
//
// After each run nothing may be open. A run that panics fails tb, and so does a run that returns nil over a failed call, unless the same
// call was repeated and succeeded, which is what a retry does. Every failure names the failed call and its stack.
//
// Each run has a fresh handle on c, which body must not close. body returns an error instead of failing the test, does not
// depend on what an earlier run has done to the database, and makes its calls in the same order each time; else a
// run may fail another call than its number says, which makes Sweep less thorough, not wrong.
// Sweep stops after [MaxRuns] runs and then fails tb.
func Sweep(tb testing.TB, c driver.Connector, body func(db *sql.DB) error, opts ...Option) {
	tb.Helper()
	cfg := track.NewConfig(opts)
	cfg.RawConns = false
	name := fmt.Sprintf("%T", c.Driver())
	track.Sweep(tb, cfg, func(plan *track.Plan) (error, *track.Report) {
		h := track.NewHandle(name, cfg)
		h.Plan = plan
		db := sql.OpenDB(&connector{raw: keepOpen{c}, h: h})
		defer db.Close() // its idle connections' errors are the driver's
		h.DB = db
		s := track.NewScope(nil, cfg, h)
		err := track.Protect(func() error { return body(db) })
		left := s.Check()
		s.End()
		h.ForceClose()
		return err, left
	})
}

// keepOpen hides the Close of a connector, which is needed for the next run.
type keepOpen struct{ driver.Connector }
