package runtimecheck

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/connlint/connlint/runtimecheck/internal/track"
)

// rawSet are the driver connections of a handle with RawConns. The close of one is not seen: it is known only which
// are idle and how many are in use.
type rawSet struct {
	mu    sync.Mutex
	conns map[driver.Conn]*track.Item
}

var rawSets sync.Map // *track.Handle → *rawSet, for the life of the handle

// connectRaw records raw and returns it as it is.
func (c *connector) connectRaw(ctx context.Context, raw driver.Conn) driver.Conn {
	set, ok := rawSets.Load(c.h)
	if !ok || !reflect.TypeOf(raw).Comparable() {
		return raw
	}
	t := c.h.Connect(func() bool { return true })
	it := &track.Item{Kind: track.Connection, Type: "connection", On: t, Ctx: ctx}
	it.CaptureOnly(c.h)
	s := set.(*rawSet)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[raw] = it
	return raw
}

// rawConns sets h up to find leaks by comparison; the result closes the handle. What leaked is not closed by force: nothing
// stands between it and rows that are closed later, and drivers do not expect that on a closed connection.
func rawConns(h *track.Handle, db *sql.DB) (closeHandle func()) {
	set := &rawSet{conns: map[driver.Conn]*track.Item{}}
	rawSets.Store(h, set)
	h.ExtraBusy = func() bool { return db.Stats().InUse > 0 }
	h.Extra = func() []track.Leak { return set.leaks(h, db) }
	return func() {
		rawSets.Delete(h)
		db.Close() // errors of closing idle connections are the driver's
	}
}

// leaks describes what is in use.
func (s *rawSet) leaks(h *track.Handle, db *sql.DB) []track.Leak {
	inUse := db.Stats().InUse
	if inUse == 0 {
		return nil
	}
	found := s.candidates(db)
	var leaks []track.Leak
	for _, it := range found {
		l := h.LeakOf(it)
		l.Note = "the line is that of the opening of the connection (RawConns)"
		if len(found) > inUse {
			l.Note = fmt.Sprintf("%d of these %d are in use (RawConns)", inUse, len(found))
		}
		leaks = append(leaks, l)
	}
	if len(leaks) == 0 {
		leaks = append(leaks, track.Leak{Kind: track.Connection, Type: fmt.Sprintf("%d connections", inUse)})
	}
	return leaks
}

// candidates returns what was opened and is not idle: it takes all idle connections for a moment.
func (s *rawSet) candidates(db *sql.DB) map[driver.Conn]*track.Item {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	var taken []*sql.Conn
	idle := map[driver.Conn]bool{}
	for range db.Stats().Idle {
		c, err := db.Conn(ctx)
		if err != nil {
			break
		}
		taken = append(taken, c)
		c.Raw(func(raw any) error {
			if raw, ok := raw.(driver.Conn); ok {
				idle[raw] = true
			}
			return nil
		})
	}
	for _, c := range taken {
		c.Close()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[driver.Conn]*track.Item{}
	for raw, it := range s.conns {
		if !idle[raw] {
			out[raw] = it
		}
	}
	return out
}
