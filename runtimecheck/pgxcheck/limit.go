package pgxcheck

import (
	"context"
	"sync"
)

// waiters are the goroutines that wait in Acquire, while a Limit watches.
type waiters struct {
	mu      sync.Mutex
	watched bool
	cancel  map[*waiter]struct{}
}

type waiter struct {
	cancel context.CancelFunc
}

type waiterKey struct{}

func (w *waiters) enter(ctx context.Context) context.Context {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.watched {
		return ctx
	}
	ctx, cancel := context.WithCancel(ctx)
	x := &waiter{cancel}
	w.cancel[x] = struct{}{}
	return context.WithValue(ctx, waiterKey{}, x)
}

func (w *waiters) leave(ctx context.Context) {
	x, _ := ctx.Value(waiterKey{}).(*waiter)
	if x == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.cancel, x)
	x.cancel()
}
