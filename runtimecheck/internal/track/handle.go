package track

import (
	"context"
	"database/sql"
	"sync"
	"time"
)

// A Handle is what is open on one *sql.DB or one pool.
type Handle struct {
	Name   string
	Config *Config
	// DB is the *sql.DB, for its Stats; nil when it is not known or not database/sql.
	DB *sql.DB
	// PoolLine describes the pool for a report; nil: made from DB.
	PoolLine func() string
	// Plan, when set, makes operations fail; see Sweep. Set before the first use.
	Plan *Plan

	// Extra, when set, finds leaks in another way, and ExtraBusy reports cheaply whether it might.
	Extra     func() []Leak
	ExtraBusy func() bool
	// Refresh, when set, is called before the handle is judged: it records what cannot be observed when it happens.
	Refresh func()

	mu       sync.Mutex
	root     Item // of the list
	conns    map[*Conn]struct{}
	connects int // opened so far
	seq      uint64
	findings []*finding
	scopes   []*Scope
	holders  map[uint64]*Conn // by goroutine; only with Nested
	closed   bool
	ended    bool
	made     time.Time
	madeAt   Stack
}

// madeSeq is the number of a handle's making; what is opened on it has higher ones.
const madeSeq = 1

// A finding is a fault that was over when it was found: a leak healed by a context, a nested acquire, a
// connection held too long.
type finding struct {
	mark
	leak Leak
	// told by the first Scope that matches.
	told bool
}

// NewHandle returns a Handle that follows cfg.
func NewHandle(name string, cfg *Config) *Handle {
	h := &Handle{Name: name, Config: cfg, conns: map[*Conn]struct{}{}}
	h.root.prev, h.root.next = &h.root, &h.root
	if cfg.Nested {
		h.holders = map[uint64]*Conn{}
	}
	h.made, h.seq = time.Now(), madeSeq
	h.madeAt.Capture()
	return h
}

// Connect records a new driver connection. kill closes it by force and returns false when it cannot because a
// call is running on it.
func (h *Handle) Connect(kill func() bool) *Conn {
	c := &Conn{kill: kill}
	c.Kind, c.h, c.On = Connection, h, c
	h.mu.Lock()
	defer h.mu.Unlock()
	h.connects++
	c.Number = h.connects
	h.conns[c] = struct{}{}
	c.scopes = h.scopes
	for _, s := range c.scopes {
		s.connected()
	}
	return c
}

// OpenerConn marks c as opened on behalf of a waiter that is not known yet: its first use is its taking.
func (c *Conn) OpenerConn() { c.unseen = true }

// Take records that the calling goroutine checks c out. It does nothing when c is out already.
func (c *Conn) Take(ctx context.Context) {
	if c.out {
		return
	}
	h := c.h
	var at Stack
	at.Capture()
	var gid uint64
	if h.Config.Nested {
		gid = goroutineID()
	}
	now := time.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	c.out, c.unseen = true, false
	c.Ctx, c.Opened, c.Query, c.stack, c.gid = ctx, now, "", at, gid
	if h.Config.Nested {
		h.nested(c)
	}
	h.link(&c.Item)
}

// nested records a finding when the goroutine of c holds another connection. h.mu is held.
func (h *Handle) nested(c *Conn) {
	if first := h.holders[c.gid]; first != nil {
		l := h.leakOf(&c.Item, c.stack.read())
		l.Kind = Nested
		held := first.stack.read()
		l.Related = append(l.Related, Related{Title: "while it holds the connection taken by", API: held.api, Stack: held.user})
		h.findLocked(l, &c.Item)
		return
	}
	h.holders[c.gid] = c
}

// Release records that c is back in the pool.
func (c *Conn) Release() {
	if !c.out {
		return
	}
	c.out = false
	h := c.h
	h.mu.Lock()
	defer h.mu.Unlock()
	h.unhold(c)
	h.unlink(&c.Item)
}

// unhold ends the holding of c: MaxHold is judged, Nested forgets it. h.mu is held.
func (h *Handle) unhold(c *Conn) {
	if h.holders != nil && h.holders[c.gid] == c {
		delete(h.holders, c.gid)
	}
	if max := h.Config.MaxHold; max > 0 && c.linked {
		if d := time.Since(c.Opened); d > max {
			l := h.leakOf(&c.Item, c.stack.read())
			l.Kind, l.Held = Held, d
			l.Note = "the limit is " + max.String()
			h.findLocked(l, &c.Item)
		}
	}
}

// Closed records that the driver connection was closed, and with it all that was open on it.
func (c *Conn) Closed() {
	c.gone.Store(true)
	c.out = false
	h := c.h
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.conns[c]; !ok {
		return
	}
	delete(h.conns, c)
	for _, s := range c.scopes {
		s.open.Add(-1)
	}
	h.unhold(c)
	c.tx = nil
	for it := h.root.next; it != &h.root; {
		next := it.next
		if it.On == c {
			h.unlink(it)
		}
		it = next
	}
}

// Open records that the calling goroutine opened something on c. For an item that is part of another object
// use OpenItem.
func (h *Handle) Open(kind Kind, typ string, c *Conn, ctx context.Context, query string) *Item {
	it := &Item{Kind: kind, Type: typ, On: c, Ctx: ctx, Query: query}
	it.stack.Capture()
	h.openItem(it)
	return it
}

// OpenItem records it, whose Kind, Type, On, Ctx and Query are set, as opened by the calling goroutine.
func (h *Handle) OpenItem(it *Item) {
	it.stack.Capture()
	h.openItem(it)
}

func (h *Handle) openItem(it *Item) {
	it.Opened = time.Now()
	it.h = h
	var last *statement
	if it.Kind == Tx {
		last = new(statement)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if c := it.On; c != nil {
		if it.Kind == Tx {
			c.tx, it.last = it, last
		} else if c.tx != nil && it.Query != "" {
			c.tx.last.query, c.tx.last.stack = it.Query, it.stack
		}
	}
	h.link(it)
}

// Statement records the statement that c runs now, if c is in a transaction.
func (c *Conn) Statement(query string) {
	h := c.h
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.tx != nil {
		c.tx.last.query = query
		c.tx.last.stack.Capture()
	}
}

// End records that it was closed.
func (it *Item) End() {
	h := it.h
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if it.On != nil && it.On.tx == it {
		it.On.tx = nil
	}
	h.unlink(it)
}

// EndHealed is End for something that database/sql ended because its context was done. When that happened
// because the test returned, which cancels t.Context(), the test left it open, and that is kept.
func (it *Item) EndHealed() {
	if h := it.h; h != nil {
		h.mu.Lock()
		if it.linked && h.testEnded() {
			h.healed(it)
		}
		h.mu.Unlock()
	}
	it.End()
}

// healed keeps it as a finding if the test's own goroutine opened it. Another goroutine may be one that
// works with t.Context() and is stopped by it, as it should. h.mu is held.
func (h *Handle) healed(it *Item) {
	s := it.stack.read()
	if s.test == "" && !s.cut {
		return
	}
	l := h.leakOf(it, s)
	l.Note = "it ended only because t.Context() was cancelled when the test returned"
	h.findLocked(l, it)
}

// testEnded reports whether a test that watches h has returned. h.mu is held.
func (h *Handle) testEnded() bool {
	for _, s := range h.scopes {
		if s.ctx != nil && s.ctx.Err() != nil {
			return true
		}
	}
	return false
}

// Find adds a finding of an observer.
func (h *Handle) Find(l Leak, at *Item) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.findLocked(l, at)
}

func (h *Handle) findLocked(l Leak, at *Item) {
	h.seq++
	f := &finding{leak: l, mark: mark{seq: h.seq}}
	if at != nil {
		f.test = at.stack.read().test
	}
	h.findings = append(h.findings, f)
}

// LeakOf describes it now.
func (h *Handle) LeakOf(it *Item) Leak {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.leakOf(it, it.stack.read())
}

// Close records that the *sql.DB or the pool was closed. What is checked out stays open: closing
// a *sql.DB does not close connections in use.
func (h *Handle) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
}

// Conns returns the open driver connections in the order in which they were opened.
func (h *Handle) Conns() []*Conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	return sortedConns(h.conns)
}

func (h *Handle) link(it *Item) {
	if it.linked {
		return
	}
	h.seq++
	it.seq, it.linked = h.seq, true
	last := h.root.prev
	it.prev, it.next = last, &h.root
	last.next, h.root.prev = it, it
}

func (h *Handle) unlink(it *Item) {
	if !it.linked {
		return
	}
	it.linked = false
	it.prev.next, it.next.prev = it.next, it.prev
	it.prev, it.next = nil, nil
}

// Handle returns the handle of c.
func (c *Conn) Handle() *Handle { return c.h }

// Plan returns the plan by which operations fail; nil, which is a plan by which none does.
func (c *Conn) Plan() *Plan { return c.h.Plan }

// Probe returns the server check of the handle, nil if there is none.
func (c *Conn) Probe() Probe { return c.h.Config.Probe }

// ContextDone reports whether the context that it was opened with is done, the cheap precondition for
// asking ByAwaitDone.
func (it *Item) ContextDone() bool { return it.Ctx != nil && it.Ctx.Err() != nil }

// CaptureOnly gives it a stack and a time without counting it as open.
func (it *Item) CaptureOnly(h *Handle) {
	it.h, it.Opened = h, time.Now()
	it.stack.Capture()
}
