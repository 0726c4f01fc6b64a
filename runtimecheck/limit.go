package runtimecheck

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/connlint/connlint/runtimecheck/internal/track"
)

// stall is how long all must be taken, and nobody move, before Limit calls it starvation.
const stall = time.Second

// Limit runs f with at most n connections, and then sets the limit back. If all are taken, somebody waits, and
// nobody moves for a second, tb fails with the stacks of those who hold and those who wait, and the limit is
// lifted so that f goes on.
//
// With n = 0 no connection can be had at all: Limit holds the only one itself. The code must give up on its own,
// by the deadline of its context, within the time of [Settle]; otherwise tb fails as above.
//
// Nobody else should use db meanwhile. Holders are known for a tracked handle only.
func Limit(tb testing.TB, db *sql.DB, n int, f func(), opts ...Option) {
	tb.Helper()
	cfg := track.NewConfig(opts)
	patience := stall
	before := db.Stats().MaxOpenConnections
	if n <= 0 {
		patience = cfg.Settle
		db.SetMaxOpenConns(1)
		c, err := db.Conn(tb.Context())
		if err != nil {
			db.SetMaxOpenConns(before)
			tb.Fatalf("runtimecheck: Limit: cannot take the connection that the code shall wait for: %v", err)
		}
		defer c.Close()
	} else {
		db.SetMaxOpenConns(n)
	}
	defer db.SetMaxOpenConns(before)
	done := make(chan struct{})
	starved := make(chan *track.Report, 1)
	go func() { starved <- watchLimit(db, max(n, 1), patience, done) }()
	func() {
		defer close(done)
		f()
	}()
	if r := <-starved; r != nil {
		r.Subject = tb.Name()
		if cfg.OnLeak != nil {
			cfg.OnLeak(r)
			return
		}
		tb.Error(r.Error())
	}
}

// watchLimit returns a report when f starves, after it has broken the hang; nil when f ends in time.
func watchLimit(db *sql.DB, n int, patience time.Duration, done <-chan struct{}) *track.Report {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	since := time.Now()
	last := db.Stats()
	for {
		select {
		case <-done:
			return nil
		case <-tick.C:
		}
		st := db.Stats()
		moved := st.InUse < n || st.WaitDuration != last.WaitDuration || st.WaitCount != last.WaitCount
		last = st
		if moved {
			since = time.Now()
			continue
		}
		if time.Since(since) < patience {
			continue
		}
		waiters := track.Waiters()
		if len(waiters) == 0 {
			since = time.Now() // all taken, but nobody waits: the code computes
			continue
		}
		r := &track.Report{Leaks: waiters}
		r.Leaks = append(r.Leaks, track.HeldOn(db)...)
		r.Pools = []string{fmt.Sprintf("pool: all %d connections are taken and nobody moved for %v; the limit was lifted", n, patience)}
		unblock(db, done)
		return r
	}
}

// unblock lifts the limit and feeds the waiters: lifting alone wakes nobody, but a connection that is given back goes to
// one of them.
func unblock(db *sql.DB, done <-chan struct{}) {
	//connlint:ignore poollimits the limit was the test's, and is lifted
	db.SetMaxOpenConns(0)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		c, err := db.Conn(ctx)
		if err == nil {
			c.Close()
		}
		select {
		case <-done:
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}
