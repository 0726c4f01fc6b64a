package track

import (
	"context"
	"database/sql"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// shared holds the handles that no test owns, and the scopes that watch them.
var shared struct {
	mu      sync.Mutex
	handles []*Handle
	scopes  []*Scope
}

// Share registers a handle that no test owns: every Scope made by Watch judges it.
func Share(h *Handle) {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	shared.handles = append(shared.handles, h)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.scopes = slices.Concat(h.scopes, shared.scopes)
}

// Unshare forgets a closed handle if nothing is open on it any more.
func Unshare(h *Handle) {
	h.mu.Lock()
	empty := h.closed && h.root.next == &h.root && len(h.findings) == 0 && len(h.conns) == 0
	h.mu.Unlock()
	if !empty {
		return
	}
	shared.mu.Lock()
	defer shared.mu.Unlock()
	shared.handles = slices.DeleteFunc(shared.handles, func(x *Handle) bool { return x == h })
}

// SharedHandles returns the handles registered by Share.
func SharedHandles() []*Handle {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	return slices.Clone(shared.handles)
}

// A Scope is a stretch of a program that must leave nothing open: a test, or all of them.
type Scope struct {
	tb    testing.TB // nil outside a test
	ctx   context.Context
	cfg   *Config
	own   []*Handle // its own; nil: the shared ones
	since map[*Handle]uint64
	name  string
	fn    string // the test's function, to attribute what is open on a shared handle

	// Connections opened while s was active: all, open now, and the most that were open at once.
	connects, open, peak atomic.Int64
}

// join adds s to those who watch h; the slice is never changed in place. h.mu is held.
func (h *Handle) join(s *Scope) { h.scopes = append(slices.Clip(h.scopes), s) }

func (s *Scope) connected() {
	s.connects.Add(1)
	n := s.open.Add(1)
	for p := s.peak.Load(); n > p && !s.peak.CompareAndSwap(p, n); p = s.peak.Load() {
	}
}

// NewScope returns the scope of a test for handles of its own, or for the shared ones when there are none. tb
// is nil for the whole program.
func NewScope(tb testing.TB, cfg *Config, own ...*Handle) *Scope {
	s := &Scope{tb: tb, cfg: cfg, own: own, since: map[*Handle]uint64{}, name: "the program"}
	for h, seq := range cfg.IgnoreOpen {
		s.since[h] = seq
	}
	if tb != nil {
		s.ctx, s.name = tb.Context(), tb.Name()
	}
	if own != nil {
		for _, h := range own {
			h.mu.Lock()
			h.join(s)
			h.mu.Unlock()
		}
		return s
	}
	if tb != nil {
		s.fn = testFunction()
	}
	shared.mu.Lock()
	defer shared.mu.Unlock()
	shared.scopes = append(shared.scopes, s)
	for _, h := range shared.handles {
		h.mu.Lock()
		h.join(s)
		if tb != nil {
			s.since[h] = h.seq
		}
		h.mu.Unlock()
	}
	return s
}

// OpenNow returns a mark for each shared handle: what is open now has a lower number.
func OpenNow() map[*Handle]uint64 {
	now := map[*Handle]uint64{}
	for _, h := range SharedHandles() {
		h.mu.Lock()
		now[h] = h.seq
		h.mu.Unlock()
	}
	return now
}

// testFunction returns the function of the test that the calling goroutine runs.
func testFunction() string {
	var s Stack
	s.n = int32(runtime.Callers(2, s.pcs[:]))
	frames := s.frames()
	for i, f := range frames {
		if runsTests(f.Function) && i > 0 {
			return frames[i-1].Function
		}
	}
	return ""
}

func (s *Scope) handles() []*Handle {
	if s.own != nil {
		return s.own
	}
	return SharedHandles()
}

// A mark is what attributes a leak to a scope.
type mark struct {
	seq  uint64
	test string // the test's function on its stack
	// ambiguous: several scopes could have left it; only the whole program's check judges it.
	ambiguous bool
}

func (it *Item) mark(at site) mark { return mark{it.seq, at.test, it.ambiguous} }

// matches reports whether s can be responsible.
func (s *Scope) matches(h *Handle, m mark) bool {
	if m.seq <= s.since[h] || m.ambiguous && s.tb != nil {
		return false
	}
	// Without a test on its stack it is another goroutine's, or too deep to tell.
	return s.own != nil || s.fn == "" || m.test == "" || inScope(m.test, s.fn)
}

// judges reports whether s alone can be responsible. What another active scope of the shared handles could
// have opened as well is left to the check of the whole program. h.mu is held.
func (s *Scope) judges(h *Handle, m mark) bool {
	if !s.matches(h, m) {
		return false
	}
	if s.own != nil || s.tb == nil {
		return true
	}
	for _, other := range h.scopes {
		if other != s && other.tb != nil && !other.encloses(s) && other.matches(h, m) {
			return false
		}
	}
	return true
}

// encloses reports whether other is the scope of a subtest of s.
func (s *Scope) encloses(other *Scope) bool { return strings.HasPrefix(other.name, s.name+"/") }

// settle waits until nothing that s judges is open, or for the time that the options give: 1 ms and then
// ever longer up to 100 ms, never without a sleep, because spinning starves the very goroutines that are
// about to give something back.
func (s *Scope) settle() time.Duration {
	start := time.Now()
	pause := time.Millisecond
	for s.busy() {
		waited := time.Since(start)
		if waited >= s.cfg.Settle {
			return waited
		}
		time.Sleep(min(pause, s.cfg.Settle-waited))
		pause = min(2*pause, 100*time.Millisecond)
	}
	return time.Since(start)
}

func (s *Scope) busy() bool {
	for _, h := range s.handles() {
		h.refresh()
		h.mu.Lock()
		n := len(h.open(s.cfg, func(it *Item, at site) bool { return s.judges(h, it.mark(at)) }))
		h.mu.Unlock()
		if n > 0 || h.untaken() > 0 || h.ExtraBusy != nil && h.ExtraBusy() {
			return true
		}
	}
	return false
}

// Check waits and reports what s left; nil if nothing.
func (s *Scope) Check() *Report {
	r := &Report{Subject: s.name, Config: s.cfg, Handles: s.handles()}
	r.Waited = s.settle()
	for _, h := range r.Handles {
		found := s.leaks(h)
		r.Leaks = append(r.Leaks, found...)
		if len(found) > 0 {
			if line := h.poolLine(); line != "" {
				r.Pools = append(r.Pools, line)
			}
		}
	}
	r.Leaks = append(r.Leaks, s.countSessions()...)
	s.askServer(r)
	for i := range r.Leaks {
		if s.tb != nil {
			r.Leaks[i].Test = s.name
		}
	}
	if len(r.Leaks) == 0 && len(r.Errors) == 0 {
		return nil
	}
	return r
}

func (s *Scope) askServer(r *Report) {
	if s.cfg.Probe == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.cfg.Probe.Inspect(ctx, r); err != nil {
		r.Errors = append(r.Errors, err.Error())
	}
}

// leaks returns what s left on h.
func (s *Scope) leaks(h *Handle) []Leak {
	h.refresh()
	h.mu.Lock()
	leaks := h.open(s.cfg, func(it *Item, at site) bool { return s.judges(h, it.mark(at)) })
	for _, f := range h.findings {
		if f.told || !s.judges(h, f.mark) || s.cfg.ignores(site{user: f.leak.Stack}) {
			continue
		}
		f.told = true
		leaks = append(leaks, f.leak)
	}
	if l, ok := s.unclosed(h); ok {
		leaks = append(leaks, l)
	}
	h.mu.Unlock()
	if h.Extra != nil {
		leaks = append(leaks, h.Extra()...)
	}
	if n := h.untaken(); n > 0 && s.own != nil {
		leaks = append(leaks, Leak{Kind: Connection, Type: "*sql.Conn", Note: fmt.Sprintf(
			"%d in use that database/sql opened for a waiter and that was never used; \"connlint test\" names the line", n)})
	}
	return leaks
}

// unclosed judges a handle that a test made and did not close. h.mu is held.
func (s *Scope) unclosed(h *Handle) (Leak, bool) {
	if !s.cfg.Handles || s.own != nil || h.closed {
		return Leak{}, false
	}
	at := h.madeAt.read()
	if at.test == "" || !s.judges(h, mark{seq: madeSeq, test: at.test}) || s.cfg.ignores(at) {
		return Leak{}, false
	}
	l := Leak{Kind: Pool, Type: "*sql.DB", API: at.api, Stack: at.user, Opened: h.made, Held: time.Since(h.made)}
	l.Note = fmt.Sprintf("it has %d connections open", len(h.conns))
	return l, true
}

// countSessions judges MaxSessions and MaxConnects.
func (s *Scope) countSessions() []Leak {
	var leaks []Leak
	c, total, peak := s.cfg, int(s.connects.Load()), int(s.peak.Load())
	said := fmt.Sprintf("%d opened, %d of them at the same time", total, peak)
	if c.MaxSessions > 0 && peak > c.MaxSessions {
		leaks = append(leaks, Leak{Kind: Sessions, Type: fmt.Sprintf("more than %d sessions at the same time", c.MaxSessions), Note: said})
	}
	if c.MaxConnects > 0 && total > c.MaxConnects {
		leaks = append(leaks, Leak{Kind: Sessions, Type: fmt.Sprintf("more than %d connections opened", c.MaxConnects), Note: said})
	}
	return leaks
}

// untaken is how many connections the pool counts as in use beyond those that were seen to be taken: a
// connection that database/sql opened for a waiter and that was not used since.
func (h *Handle) untaken() int {
	if h.DB == nil || h.Config.RawConns {
		return 0
	}
	h.mu.Lock()
	unseen, out := 0, 0
	for c := range h.conns {
		if c.linked {
			out++
		} else if c.unseen {
			unseen++
		}
	}
	h.mu.Unlock()
	if unseen == 0 {
		return 0
	}
	return min(max(h.DB.Stats().InUse-out, 0), unseen)
}

func (h *Handle) poolLine() string {
	if h.PoolLine != nil {
		return h.PoolLine()
	}
	if h.DB == nil {
		return ""
	}
	st := h.DB.Stats()
	return fmt.Sprintf("pool: %d open, %d in use, %d idle, limit %d, %d waits (%s)",
		st.OpenConnections, st.InUse, st.Idle, st.MaxOpenConnections, st.WaitCount, st.WaitDuration.Round(time.Millisecond))
}

// End forgets s. What it could not judge alone is left to the whole program's check.
func (s *Scope) End() {
	shared.mu.Lock()
	shared.scopes = slices.DeleteFunc(shared.scopes, func(x *Scope) bool { return x == s })
	shared.mu.Unlock()
	for _, h := range s.handles() {
		h.mu.Lock()
		if s.own == nil {
			s.leaveToProgram(h)
		}
		h.scopes = slices.DeleteFunc(slices.Clone(h.scopes), func(x *Scope) bool { return x == s })
		h.mu.Unlock()
	}
}

// leaveToProgram marks what s could have left and could not judge, so that no other test is blamed. h.mu is held.
func (s *Scope) leaveToProgram(h *Handle) {
	for it := h.root.next; it != &h.root; it = it.next {
		if m := it.mark(it.stack.read()); s.matches(h, m) && !s.judges(h, m) {
			it.ambiguous = true
		}
	}
	for _, f := range h.findings {
		if s.matches(h, f.mark) && !s.judges(h, f.mark) {
			f.ambiguous = true
		}
	}
}

// owned are the handles that tests own, for HeldOn.
var owned sync.Map // *Handle → struct{}

// HeldOn returns what is open on the tracked handle of db. When db is not a test's own, that is what is open on
// the shared handles.
func HeldOn(db *sql.DB) []Leak {
	handles := SharedHandles()
	for h := range owned.Range {
		if h := h.(*Handle); h.DB == db {
			handles = []*Handle{h}
			break
		}
	}
	var held []Leak
	for _, h := range handles {
		h.mu.Lock()
		held = append(held, h.open(h.Config, func(*Item, site) bool { return true })...)
		h.mu.Unlock()
	}
	return held
}
