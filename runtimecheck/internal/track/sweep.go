package track

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

// Sweep runs a body untouched, which must succeed and leave nothing, and then again and again with the first
// operation failing, the second, …, until a run does not come to the operation that was to fail. After
// each run nothing may be open, and no run may succeed although a call failed, unless the call was
// repeated with success or the options tolerate it.
//
// run makes the pool, calls the body and checks. It is called in tb's goroutine.
func Sweep(tb testing.TB, cfg *Config, run func(plan *Plan) (err error, left *Report)) {
	tb.Helper()
	sweep := sweeper{tb: tb, cfg: cfg, run: run}
	sweep.all()
}

type sweeper struct {
	tb   testing.TB
	cfg  *Config
	run  func(*Plan) (error, *Report)
	runs int
}

func (s *sweeper) all() {
	s.tb.Helper()
	o := s.once(&Plan{})
	if o.err != nil || o.panicked != "" {
		s.tb.Errorf("runtimecheck: Sweep: the body fails although no call was made to fail: %v%s", o.err, o.panicked)
		return
	}
	if o.left != nil {
		o.left.Subject = s.tb.Name() + ", with no call failing,"
		Deliver(s.tb, s.cfg, o.left)
		return
	}
	if o.plan.calls == 0 {
		s.tb.Errorf("runtimecheck: Sweep: the body made no call on the handle that it was given")
		return
	}
	for _, kill := range []bool{false, true} {
		if kill && !s.wants(KillConn) {
			continue
		}
		if !s.pass(kill) {
			return
		}
	}
}

// pass fails each operation once; it returns false when the limit on runs is reached.
func (s *sweeper) pass(kill bool) bool {
	s.tb.Helper()
	for k := 1; ; k++ {
		if s.runs >= s.cfg.MaxRuns {
			s.tb.Errorf("runtimecheck: Sweep: still not through after %d runs: the body makes many calls, or ever more after a failure; choose fewer faults with Faults, or raise MaxRuns", s.runs)
			return false
		}
		o := s.once(&Plan{target: k, kill: kill, wants: s.wants})
		if o.plan.calls < k {
			return true
		}
		if o.plan.failed != nil {
			s.judge(o)
		}
	}
}

func (s *sweeper) wants(f Fault) bool {
	return len(s.cfg.Faults) == 0 || slices.Contains(s.cfg.Faults, f)
}

// An outcome is what one run came to.
type outcome struct {
	plan     *Plan
	err      error
	panicked string
	left     *Report
}

func (s *sweeper) once(p *Plan) (o outcome) {
	s.runs++
	o.plan = p
	o.err, o.left = s.run(p)
	if e, ok := o.err.(*panicError); ok {
		o.err, o.panicked = nil, e.Error()
	}
	return o
}

// A panicError is a body's panic.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.value, e.stack) }

// Protect runs body and returns its panic as an error that Sweep knows.
func Protect(body func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{v, userPart(debug.Stack())}
		}
	}()
	return body()
}

// userPart drops the recovery's own frames from a stack trace.
func userPart(stack []byte) []byte {
	text := string(stack)
	if i := strings.Index(text, "\npanic("); i >= 0 {
		text = text[i+1:]
		if lines := strings.SplitN(text, "\n", 3); len(lines) == 3 {
			text = lines[2]
		}
	}
	return []byte(text)
}

func (s *sweeper) judge(o outcome) {
	s.tb.Helper()
	what := fmt.Sprintf("with call %d failing (%s)", o.plan.failed.Call, o.plan.failed.Fault)
	switch {
	case o.panicked != "":
		s.tb.Errorf("runtimecheck: Sweep: %s the body panicked\n%s        %s", what, o.plan.where(), o.panicked)
	case o.err == nil && !o.plan.mended && !s.cfg.Tolerate:
		s.swallowed(o, what)
	}
	if o.left != nil {
		o.left.Subject = s.tb.Name() + ", " + what + ","
		failed := o.plan.describe()
		for i := range o.left.Leaks {
			l := &o.left.Leaks[i]
			l.Related = append(l.Related, Related{Title: "the failed call was", API: failed.API, Stack: failed.Stack, Query: failed.Query})
		}
		s.deliver(o.left)
	}
}

// swallowed reports a run that succeeded over a failed call.
func (s *sweeper) swallowed(o outcome, what string) {
	s.tb.Helper()
	l := o.plan.describe()
	l.Type = "the body reports success " + what
	l.Test = s.tb.Name()
	l.Note = "an error that nobody handles; if it may be ignored, say so with Tolerate"
	s.deliver(&Report{Subject: s.tb.Name(), Leaks: []Leak{l}, Config: s.cfg})
}

// deliver reports at once, also when an earlier run has failed the test.
func (s *sweeper) deliver(r *Report) {
	s.tb.Helper()
	if s.cfg.OnLeak != nil {
		s.cfg.OnLeak(r)
		return
	}
	s.tb.Error(r.Error())
}
