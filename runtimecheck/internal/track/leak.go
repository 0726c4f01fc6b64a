package track

import (
	"cmp"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Leak is one finding of a Report.
type Leak struct {
	Kind    Kind
	Type    string          // "*sql.Rows"
	API     string          // that the user's code called: "(*sql.DB).QueryContext"
	Stack   []runtime.Frame // of the user's code that called it; nil if unknown
	Query   string
	Opened  time.Time
	Held    time.Duration // until the report, or until it was given back
	Test    string        // that was judged
	Note    string
	Conn    int   // the connection's number in its handle, from 1; 0 if none
	Session int64 // the server's number of the session; 0 if unknown
	Server  *Session
	Related []Related

	item *Item
}

// A Related is another place that belongs to a Leak.
type Related struct {
	Title string
	API   string
	Stack []runtime.Frame
	Query string
}

// A Session is what the server says about a session.
type Session struct {
	ID    int64
	State string        // "idle in transaction"
	TxAge time.Duration // 0: no transaction
	Locks []string      // "accounts RowExclusiveLock"
	Text  string        // more, one line
}

// leakOf describes it. h.mu is held.
func (h *Handle) leakOf(it *Item, s site) Leak {
	l := Leak{
		Kind: it.Kind, Type: it.Type, API: s.api, Stack: s.user, Query: it.Query,
		Opened: it.Opened, Held: time.Since(it.Opened), item: it,
	}
	if it.On != nil {
		l.Conn, l.Session = it.On.Number, it.On.Session
	}
	if l.Type == "" {
		l.Type = map[Kind]string{Rows: "*sql.Rows", Tx: "*sql.Tx", Connection: "*sql.Conn", Stmt: "*sql.Stmt", Pool: "*sql.DB"}[it.Kind]
	}
	if it.Kind == Rows && strings.HasSuffix(s.api, ".QueryRow") || strings.HasSuffix(s.api, ".QueryRowContext") {
		l.Type = "*sql.Row"
	}
	if it.last != nil && it.last.query != "" {
		last := it.last.stack.read()
		l.Related = append(l.Related, Related{Title: "last statement", API: last.api, Stack: last.user, Query: it.last.query})
	}
	return l
}

// open returns the leaks among what is linked now: everything for which want returns true, without what is
// only the means of something else on the list. h.mu is held.
func (h *Handle) open(cfg *Config, want func(*Item, site) bool) []Leak {
	var leaks []Leak
	var conns []Leak
	users := map[*Conn]int{} // leaks that explain why a connection is out
	for it := h.root.next; it != &h.root; it = it.next {
		if it.Kind == Stmt && !cfg.Stmts {
			continue
		}
		s := it.stack.read()
		if it.Kind != Stmt && it.Kind != Connection {
			users[it.On]++
		}
		if !want(it, s) || cfg.ignores(s) {
			continue
		}
		l := h.leakOf(it, s)
		if it.Kind == Connection {
			conns = append(conns, l)
			continue
		}
		leaks = append(leaks, l)
	}
	for _, l := range conns {
		if users[l.item.On] > 0 && !explicit(l.API) {
			continue
		}
		if !explicit(l.API) && l.item.Type == "" {
			l.Type = "connection"
			l.Note = "the call that took it has not given it back: it may still be running"
		}
		leaks = append(leaks, l)
	}
	leaks = statements(leaks)
	slices.SortFunc(leaks, func(a, b Leak) int { return cmp.Compare(a.item.seq, b.item.seq) })
	return leaks
}

// explicit reports whether an API hands out the connection itself.
func explicit(api string) bool {
	return strings.HasSuffix(api, ".Conn") || strings.HasSuffix(api, ".Acquire") || strings.HasSuffix(api, ".Connect") ||
		strings.HasSuffix(api, ".ConnectConfig") || api == ""
}

// statements drops the driver's statements that are copies: database/sql prepares a *sql.Stmt again on every
// connection that it is used on, and prepares on its own for drivers that cannot do without.
func statements(leaks []Leak) []Leak {
	prepared := map[string]bool{}
	for _, l := range leaks {
		if l.Kind == Stmt && strings.Contains(l.API, ".Prepare") {
			prepared[l.Query] = true
		}
	}
	inTx := map[int]bool{}
	for _, l := range leaks {
		if l.Kind == Tx {
			inTx[l.Conn] = true
		}
	}
	again := map[string]bool{}
	return slices.DeleteFunc(leaks, func(l Leak) bool {
		if l.Kind != Stmt {
			return false
		}
		if inTx[l.Conn] && strings.HasPrefix(l.API, "(*sql.Tx)") {
			return true // ends with its Tx, which is reported
		}
		if strings.Contains(l.API, ".Prepare") {
			return false
		}
		if !strings.HasPrefix(l.API, "(*sql.Stmt)") || prepared[l.Query] || again[l.Query] {
			return true
		}
		again[l.Query] = true
		return false
	})
}

// ignores reports whether the options leave out what was opened there.
func (c *Config) ignores(s site) bool {
	for _, name := range c.IgnoreFuncs {
		for _, f := range s.user {
			if inScope(f.Function, name) {
				return true
			}
		}
	}
	return false
}

func sortedConns(m map[*Conn]struct{}) []*Conn {
	return slices.SortedFunc(maps.Keys(m), func(a, b *Conn) int { return cmp.Compare(a.Number, b.Number) })
}

// A Report is what a check found.
type Report struct {
	Subject string // who left it: a test's name, or "the program"
	Leaks   []Leak
	Waited  time.Duration // for things to come back
	Pools   []string      // a line for each pool that something is open on
	Errors  []string      // of the server check
	Handles []*Handle     // that were judged
	Config  *Config
}

// Error is the text that a developer reads.
func (r *Report) Error() string {
	var b strings.Builder
	b.WriteString("runtimecheck: " + r.title())
	b.WriteString("\n")
	for i := range r.Leaks {
		b.WriteString("\n")
		writeLeak(&b, i+1, &r.Leaks[i])
	}
	for _, p := range r.Pools {
		b.WriteString("\n        " + p)
	}
	for _, e := range r.Errors {
		b.WriteString("\n        server: " + e)
	}
	return b.String()
}

func (r *Report) title() string {
	open := 0
	for _, l := range r.Leaks {
		if !l.Kind.over() {
			open++
		}
	}
	title := r.Subject + " left " + strconv.Itoa(open) + " open"
	if open == 0 {
		title = r.Subject + " has " + strconv.Itoa(len(r.Leaks)) + " finding"
		if len(r.Leaks) > 1 {
			title += "s"
		}
	} else if more := len(r.Leaks) - open; more > 0 {
		title += " and has " + strconv.Itoa(more) + " more"
	}
	if r.Waited >= time.Millisecond {
		title += " (waited " + short(r.Waited) + ")"
	}
	return title
}

// over reports whether the kind tells of something that is no longer open.
func (k Kind) over() bool {
	switch k {
	case DirtyRelease, Nested, Held, Sessions, Starved, Swallowed:
		return true
	}
	return false
}
