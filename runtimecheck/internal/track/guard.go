package track

import (
	"fmt"
	"io"
	"os"
	"sync"
	"testing"
	"time"
)

// Guard checks h when tb and its subtests have ended, then closes by force what leaked and calls closePool,
// which must not block for ever. It calls nothing of tb after tb's last cleanup.
func Guard(tb testing.TB, h *Handle, closePool func()) {
	tb.Helper()
	s := NewScope(tb, h.Config, h)
	owned.Store(h, struct{}{})
	s.begin()
	stop := s.guardHang()
	tb.Cleanup(func() {
		tb.Helper()
		r := s.Check()
		stop()
		Deliver(tb, h.Config, r)
		s.End()
		owned.Delete(h)
		h.end()
		h.ForceClose()
		closePool()
	})
}

// Watch checks the shared handles when tb and its subtests have ended.
func Watch(tb testing.TB, cfg *Config) {
	tb.Helper()
	cfg.Handles = true
	s := NewScope(tb, cfg)
	s.begin()
	stop := s.guardHang()
	tb.Cleanup(func() {
		tb.Helper()
		r := s.Check()
		stop()
		Deliver(tb, cfg, r)
		s.End()
		r.forceClose()
	})
}

func (s *Scope) begin() {
	if s.cfg.Probe == nil {
		return
	}
	s.tb.Helper()
	if err := s.cfg.Probe.Begin(s.ctx); err != nil {
		s.tb.Fatalf("runtimecheck: the server check cannot start: %v", err)
	}
}

// Deliver tells tb about r, which may be nil. A test that has failed or was skipped is not judged: what it left
// open is a consequence, and told by Log, unless RunOnFailure.
func Deliver(tb testing.TB, cfg *Config, r *Report) {
	tb.Helper()
	switch {
	case r == nil:
	case (tb.Failed() || tb.Skipped()) && !cfg.RunOnFailure:
		tb.Log(r.Error())
	case len(r.Leaks) == 0:
		tb.Log(r.Error()) // the server could not be asked
	case cfg.OnLeak != nil:
		cfg.OnLeak(r)
	default:
		tb.Error(r.Error())
	}
}

// forceClose closes the connections that r's leaks are on.
func (r *Report) forceClose() {
	if r == nil {
		return
	}
	for _, l := range r.Leaks {
		if l.item != nil && l.item.On != nil && !l.Kind.over() && l.Kind != Stmt {
			l.item.On.forceClose()
		}
	}
}

// ForceClose closes the connections that are checked out. Closing a *sql.DB does not, and a transaction that
// stays open keeps its locks: the next test would hang on them.
func (h *Handle) ForceClose() {
	for _, c := range h.Conns() {
		h.mu.Lock()
		out := c.linked || c.unseen
		h.mu.Unlock()
		if out {
			c.forceClose()
		}
	}
}

func (c *Conn) forceClose() {
	if c.gone.Load() || c.kill() {
		return
	}
	// A call runs on it: only the server can end it.
	if p := c.h.Config.Probe; p != nil && c.SessionID() != 0 {
		ctx, cancel := contextWithin(5 * time.Second)
		defer cancel()
		_ = p.Terminate(ctx, c.SessionID()) // best effort; the leak has been reported
	}
}

// hangOutput is where the hang guard writes: the test may never get to print its own output.
var hangOutput io.Writer = os.Stderr

// guardHang prints what s holds when its test does not end. The returned function stops it.
func (s *Scope) guardHang() (stop func()) {
	after := s.cfg.HangAfter
	if after < 0 {
		return func() {}
	}
	if after == 0 {
		d, ok := s.tb.(interface{ Deadline() (time.Time, bool) })
		if !ok {
			return func() {}
		}
		deadline, ok := d.Deadline()
		if !ok {
			return func() {}
		}
		left := time.Until(deadline)
		after = left - max(left/20, time.Second)
	}
	if after <= 0 {
		return func() {}
	}
	var once sync.Once
	t := time.AfterFunc(after, func() { once.Do(s.printHang) })
	return func() { t.Stop(); once.Do(func() {}) }
}

func (s *Scope) printHang() {
	r := &Report{Subject: s.name}
	var conns []*Conn
	cfg := *s.cfg
	for _, h := range s.handles() {
		h.mu.Lock()
		r.Leaks = append(r.Leaks, h.open(&cfg, func(it *Item, at site) bool { return s.matches(h, it.mark(at)) })...)
		h.mu.Unlock()
		if line := h.poolLine(); line != "" {
			r.Pools = append(r.Pools, line)
		}
		conns = append(conns, h.Conns()...)
	}
	var blocked []string
	if p := s.cfg.Probe; p != nil {
		ctx, cancel := contextWithin(5 * time.Second)
		defer cancel()
		blocked = p.Blockers(ctx, conns)
	}
	fmt.Fprint(hangOutput, hangText(r, Waiters(), blocked))
}
