package pgxcheck

import (
	"reflect"
	"sync"
	"time"
	"unsafe"

	"github.com/jackc/pgx/v5/pgxpool"
)

// A poolState is the part of a pgxpool.Pool that tells that it is being closed and
// which connections that waits for. pgxpool offers neither, and Close waits without
// limit: a test with a leak and "defer pool.Close()" would hang until go test's
// own deadline, without a word about the cause.
type poolState struct {
	mux    *sync.Mutex
	closed *bool
	all    reflect.Value // of []*puddle.Resource
}

// stateOf finds the fields by name and type; ok is false when pgxpool or puddle
// have others, and then a hang is left to the hang guard.
func stateOf(pool *pgxpool.Pool) (s poolState, ok bool) {
	inner := reflect.ValueOf(pool).Elem().FieldByName("p")
	if inner.Kind() != reflect.Pointer || inner.IsNil() || inner.Elem().Kind() != reflect.Struct {
		return s, false
	}
	field := func(name string, want reflect.Kind) (reflect.Value, bool) {
		f := inner.Elem().FieldByName(name)
		if !f.IsValid() || f.Kind() != want {
			return f, false
		}
		return reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem(), true
	}
	mux, ok1 := field("mux", reflect.Struct)
	closed, ok2 := field("closed", reflect.Bool)
	all, ok3 := field("allResources", reflect.Slice)
	if !ok1 || !ok2 || !ok3 || mux.Type() != reflect.TypeFor[sync.Mutex]() {
		return s, false
	}
	if m, ok := all.Type().Elem().MethodByName("Hijack"); !ok || m.Type.NumIn() != 1 {
		return s, false
	}
	return poolState{mux.Addr().Interface().(*sync.Mutex), closed.Addr().Interface().(*bool), all}, true
}

func (s poolState) isClosed() bool {
	s.mux.Lock()
	defer s.mux.Unlock()
	return *s.closed
}

// abandon takes the connections that are still acquired out of a closed pool, as
// Conn.Hijack does, so that Close has nothing to wait for.
func (s poolState) abandon() {
	s.mux.Lock()
	var acquired []reflect.Value
	for i := range s.all.Len() {
		acquired = append(acquired, reflect.ValueOf(s.all.Index(i).Interface())) // a copy: Hijack moves the elements
	}
	s.mux.Unlock()
	for _, r := range acquired {
		func() {
			defer func() { _ = recover() }() // released in this moment after all
			r.MethodByName("Hijack").Call(nil)
		}()
	}
}

// endHangingClose waits until somebody closes the pool, gives what is acquired the
// settling time to come back, and then ends the waiting. The check that follows
// reports what was not released.
func endHangingClose(pool *pgxpool.Pool, settle time.Duration, stop <-chan struct{}) {
	s, ok := stateOf(pool)
	if !ok {
		return
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var closing time.Time
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		switch {
		case !s.isClosed():
		case pool.Stat().AcquiredConns() == 0:
			return
		case closing.IsZero():
			closing = time.Now()
		case time.Since(closing) >= settle:
			s.abandon()
			return
		}
	}
}
