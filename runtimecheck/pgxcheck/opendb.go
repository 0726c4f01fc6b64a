package pgxcheck

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/connlint/connlint/runtimecheck"
	"github.com/connlint/connlint/runtimecheck/internal/server"
	"github.com/connlint/connlint/runtimecheck/internal/track"
)

// OpenDB is runtimecheck.OpenDB for database/sql over pgx when the code under test
// uses Conn.Raw: nothing is wrapped, so Raw gives it the *stdlib.Conn that it
// expects, as with the RawConns option, and yet each leak has the line that took
// the connection. Stmts, Nested and MaxHold need the wrapper of runtimecheck.OpenDB.
func OpenDB(tb testing.TB, cfg *pgx.ConnConfig, opts ...runtimecheck.Option) *sql.DB {
	tb.Helper()
	options := track.NewConfig(opts)
	options.RawConns = true // what is in use is found by comparison
	options.Nested, options.MaxHold = false, 0
	t := newTracer(track.NewHandle("pgx", options))
	t.checkouts = map[*conn]*track.Item{}
	cfg = cfg.Copy()
	if t.probe() != nil {
		name(tb, cfg)
	}
	t.install(cfg)
	db := sql.OpenDB(stdlib.GetConnector(*cfg, stdlib.OptionResetSession(func(ctx context.Context, pc *pgx.Conn) error {
		if c := t.of(pc); c != nil {
			t.checkout(c)
		}
		return nil
	})))
	t.h.DB = db
	t.h.ExtraBusy = func() bool { return db.Stats().InUse > 0 }
	t.h.Extra = func() []track.Leak { return t.inUse(db) }
	track.Guard(tb, t.h, func() {
		for c := range t.taken(db) {
			c.wire.kill()
		}
		db.Close()
		t.h.Close()
	})
	return db
}

// checkout records that the calling goroutine takes c from database/sql, which does
// not tell when it gives it back.
func (t *tracer) checkout(c *conn) {
	it := &track.Item{Kind: track.Connection, Type: "*sql.Conn", On: c.c}
	it.CaptureOnly(t.h)
	t.outMu.Lock()
	defer t.outMu.Unlock()
	t.checkouts[c] = it
}

// inUse describes the connections that are in use for nothing else that is reported.
func (t *tracer) inUse(db *sql.DB) []track.Leak {
	n := db.Stats().InUse
	if n == 0 {
		return nil
	}
	var leaks []track.Leak
	for c, it := range t.taken(db) {
		c.mu.Lock()
		explained := c.rows.open || c.tx.open || c.batch.open
		c.mu.Unlock()
		if !explained {
			leaks = append(leaks, t.h.LeakOf(it))
		}
	}
	return leaks
}

// taken returns the connections that are not idle, by taking all that are.
func (t *tracer) taken(db *sql.DB) map[*conn]*track.Item {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	idle := map[*conn]bool{}
	conns, err := server.TakeIdle(ctx, db)
	if err != nil {
		return nil // a broken connection among the idle ones; nothing can be told apart
	}
	for _, sc := range conns {
		err := sc.Raw(func(dc any) error {
			pc, ok := dc.(*stdlib.Conn)
			if !ok {
				return fmt.Errorf("a %T", dc)
			}
			idle[t.of(pc.Conn())] = true
			return nil
		})
		sc.Close()
		if err != nil {
			return nil
		}
	}
	t.outMu.Lock()
	defer t.outMu.Unlock()
	out := map[*conn]*track.Item{}
	for c, it := range t.checkouts {
		c.mu.Lock()
		if !idle[c] && !c.gone {
			out[c] = it
		}
		c.mu.Unlock()
	}
	return out
}
