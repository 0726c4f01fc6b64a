package track

import (
	"database/sql/driver"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// A Fault is a way in which Sweep lets an operation fail.
type Fault string

// The faults. An operation suffers those that fit it.
const (
	FailConnect Fault = "connect" // no connection can be opened
	FailQuery   Fault = "query"   // a statement, a Prepare, a Begin returns an error; it does not reach the server
	FailResult  Fault = "result"  // a result breaks instead of its first or its second row or its end
	FailCommit  Fault = "commit"  // Commit returns an error; the transaction is rolled back
	KillConn    Fault = "kill"    // as above, and the connection is dead from then on
)

// An InjectedError is the error of an operation that Sweep lets fail.
type InjectedError struct {
	Fault Fault
	Call  int // its number in the run, from 1
	Query string
}

func (e *InjectedError) Error() string {
	s := fmt.Sprintf("runtimecheck: call %d failed on purpose (%s)", e.Call, e.Fault)
	if e.Query != "" {
		s += ": " + oneLine(e.Query)
	}
	return s
}

// A Plan lets one operation of one run fail. Its methods may be called by several goroutines at once.
type Plan struct {
	target int  // the number of the operation that fails; 0: none
	kill   bool // and its connection dies
	wants  func(Fault) bool

	mu     sync.Mutex
	calls  int
	failed *InjectedError
	stack  Stack
	kind   Fault
	args   []driver.NamedValue
	begun  bool // a transaction was begun since
	// mended: the operation that failed was done again and succeeded.
	mended bool
}

// Call counts an operation of this kind (not KillConn) and returns the error that it has to return instead of being
// done, nil if it shall be done; kill says that its connection must not be usable afterwards. Observers tell
// Done when the operation has succeeded.
func (p *Plan) Call(kind Fault, query string, args ...driver.NamedValue) (err error, kill bool) {
	if p == nil {
		return nil, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	if p.calls != p.target || !p.kill && !p.wants(kind) || p.kill && kind == FailConnect {
		return nil, false
	}
	f := kind
	if p.kill {
		f = KillConn
	}
	p.failed, p.kind, p.args = &InjectedError{Fault: f, Call: p.calls, Query: query}, kind, slices.Clone(args)
	p.stack.Capture()
	return p.failed, p.kill
}

// Done records that an operation succeeded. When it is the one that failed, the body has tried again: the same
// statement with the same arguments, or with any after a new Begin. The same statement with others may be the next turn
// of a loop that went over the error.
func (p *Plan) Done(kind Fault, query string, args ...driver.NamedValue) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed == nil {
		return
	}
	if query == Begin {
		p.begun = true
	}
	if p.kind == kind && p.failed.Query == query && (p.begun || reflect.DeepEqual(p.args, slices.Clone(args))) {
		p.mended = true
	}
}

// Begin is the text by which an observer names the begin of a transaction.
const Begin = "BEGIN"

// describe writes the failed call for a report.
func (p *Plan) describe() Leak {
	s := p.stack.read()
	return Leak{Kind: Swallowed, API: s.api, Stack: s.user, Query: p.failed.Query}
}

// where is the failed call in one line and its frames.
func (p *Plan) where() string {
	l := p.describe()
	var b strings.Builder
	writeSite(&b, "the failed call was", l.API, l.Stack)
	if l.Query != "" {
		fmt.Fprintf(&b, "%squery: %s\n", indent, oneLine(l.Query))
	}
	return b.String()
}
