package pgxcheck

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/connlint/connlint/runtimecheck"
	"github.com/connlint/connlint/runtimecheck/internal/track"
)

// stall is how long all connections must be acquired, and nobody move, before
// Limit calls it starvation.
const stall = time.Second

// Limit runs f and watches the pool, which NewPool has made with a small MaxConns.
// When all connections are acquired, somebody waits for one, and nobody moves for
// a second, tb fails with the stacks of those who hold and those who wait, and the
// waiting calls fail with context.Canceled so that f goes on. The goroutines are the
// process's: beside tests that run in parallel, some of those who wait may be theirs.
func Limit(tb testing.TB, pool *pgxpool.Pool, f func(), opts ...runtimecheck.Option) {
	tb.Helper()
	t := tracerOf(pool)
	if t == nil {
		tb.Fatalf("pgxcheck: Limit: NewPool has not made this pool")
	}
	cfg := track.NewConfig(opts)
	t.waiters.watch()
	done := make(chan struct{})
	starved := make(chan *track.Report, 1)
	go func() { starved <- t.watchLimit(pool, done) }()
	func() {
		defer close(done)
		f()
	}()
	r := <-starved
	t.waiters.unwatch()
	switch {
	case r == nil:
	case cfg.OnLeak != nil:
		cfg.OnLeak(r)
	default:
		r.Subject = tb.Name()
		tb.Error(r.Error())
	}
}

// watchLimit returns a report when f starves, after it has ended the waiting, and
// nil when f ends without.
func (t *tracer) watchLimit(pool *pgxpool.Pool, done <-chan struct{}) *track.Report {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	type state struct {
		acquired        int32
		acquires, ended int64
	}
	var r *track.Report
	var last state
	since := time.Now()
	for {
		select {
		case <-done:
			return r
		case <-tick.C:
		}
		st := pool.Stat()
		now := state{st.AcquiredConns(), st.AcquireCount(), st.CanceledAcquireCount()}
		if now != last || st.AcquiredConns() < st.MaxConns() || t.waiters.none() {
			last, since = now, time.Now()
			continue
		}
		if time.Since(since) < stall {
			continue
		}
		if r == nil { // what follows is its consequence
			r = &track.Report{Leaks: append(track.Waiters(), t.h.Held()...), Config: t.h.Config}
			r.Pools = []string{fmt.Sprintf("pool: all %d connections are acquired and nobody moved for %v; those who wait were cancelled", st.MaxConns(), stall)}
		}
		t.waiters.cancelAll()
	}
}

// waiters are the calls of Acquire that run, while a Limit watches.
type waiters struct {
	mu      sync.Mutex
	running map[*waiter]struct{} // nil: not watched
}

type waiter struct{ cancel context.CancelFunc }

type waiterKey struct{}

func (w *waiters) watch() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running = map[*waiter]struct{}{}
}

func (w *waiters) unwatch() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running = nil
}

func (w *waiters) enter(ctx context.Context) context.Context {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running == nil {
		return ctx
	}
	ctx, cancel := context.WithCancel(ctx)
	x := &waiter{cancel}
	w.running[x] = struct{}{}
	return context.WithValue(ctx, waiterKey{}, x)
}

func (w *waiters) leave(ctx context.Context) {
	x, _ := ctx.Value(waiterKey{}).(*waiter)
	if x == nil {
		return
	}
	x.cancel()
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.running, x)
}

func (w *waiters) none() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.running) == 0
}

func (w *waiters) cancelAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for x := range w.running {
		x.cancel()
	}
}
