package pgxcheck

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/connlint/connlint/runtimecheck"
	"github.com/connlint/connlint/runtimecheck/internal/track"
)

// closeLimit is how long a pool and a connection may take to close: pgxpool
// gives each connection 15 seconds.
const closeLimit = 20 * time.Second

// NewPool is pgxpool.NewWithConfig for a test. When tb and its subtests end, what
// is still open on the pool fails tb, with the line that opened it; then the
// connections that leaked are closed by force, and the pool is closed.
//
// Don't close the pool yourself: Pool.Close waits until all connections are
// released, without limit. If the code under test does, and hangs in it, tb fails
// with what is not released, and the wait is ended.
func NewPool(tb testing.TB, cfg *pgxpool.Config, opts ...runtimecheck.Option) *pgxpool.Pool {
	tb.Helper()
	t := newTracer(track.NewHandle("pgxpool", track.NewConfig(opts)))
	if p := t.probe(); p != nil {
		cfg = cfg.Copy()
		name(tb, cfg.ConnConfig)
	}
	pool, err := t.open(cfg)
	if err != nil {
		tb.Fatalf("pgxcheck: %v", err)
	}
	t.watchPool(pool, cfg)
	closed := make(chan struct{})
	track.Guard(tb, t.h, func() {
		close(closed)
		closePool(tb, pool, t.h)
	})
	go endHangingClose(pool, t.h.Config.Settle, closed)
	return pool
}

// open makes a pool that tells t.
func (t *tracer) open(cfg *pgxpool.Config) (*pgxpool.Pool, error) {
	cfg = cfg.Copy()
	t.install(cfg.ConnConfig)
	pool, err := pgxpool.NewWithConfig(context.Background(), cfg)
	if err != nil {
		return nil, err
	}
	t.h.PoolLine = func() string { return t.poolLine(pool) }
	return pool, nil
}

func (t *tracer) poolLine(pool *pgxpool.Pool) string {
	st := pool.Stat()
	return fmt.Sprintf("pool: %d open, %d acquired, %d idle, limit %d, %d acquires waited (%s)",
		st.TotalConns(), st.AcquiredConns(), st.IdleConns(), st.MaxConns(), st.EmptyAcquireCount(), st.EmptyAcquireWaitTime().Round(time.Millisecond))
}

// closePool closes a pool whose leaks have been reported. It does not wait for
// connections that nobody will release: their sessions are closed already.
func closePool(tb testing.TB, pool *pgxpool.Pool, h *track.Handle) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		pool.Close()
	}()
	limit := closeLimit
	if pool.Stat().AcquiredConns() > 0 {
		limit = 0
	}
	select {
	case <-done:
		h.Close()
	case <-time.After(limit):
		if limit > 0 {
			tb.Errorf("pgxcheck: the pool is not closed after %s although nothing is acquired", limit)
		}
	}
}

// Connect is pgx.ConnectConfig for a test. When tb and its subtests end, what is
// still open on the connection fails tb; then the connection is closed.
func Connect(tb testing.TB, cfg *pgx.ConnConfig, opts ...runtimecheck.Option) *pgx.Conn {
	tb.Helper()
	t := newTracer(track.NewHandle("pgx", track.NewConfig(opts)))
	cfg = cfg.Copy()
	if t.probe() != nil {
		name(tb, cfg)
	}
	t.install(cfg)
	pc, err := pgx.ConnectConfig(context.WithValue(tb.Context(), ownedKey{}, true), cfg)
	if err != nil {
		tb.Fatalf("pgxcheck: %v", err)
	}
	track.Guard(tb, t.h, func() {
		if c := t.of(pc); c != nil {
			c.wire.kill() // whoever uses it still has been reported
		}
		t.h.Close()
	})
	return pc
}

// Install makes runtimecheck see the connections that are opened with cfg, by
// code that makes its own pools and connections. A tracer that cfg has is called
// as before. They are checked by runtimecheck.VerifyNone and VerifyTestMain.
func Install(cfg *pgx.ConnConfig) {
	h := track.NewHandle("pgx", track.NewConfig(nil))
	newTracer(h).install(cfg)
	track.Share(h)
	h.Close() // there is no handle to close: it stands for connections and pools to come
}
