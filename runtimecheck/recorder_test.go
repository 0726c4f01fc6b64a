package runtimecheck_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// A recorder is a testing.TB that ends when finish is called, and keeps what it is told: the way to test that a check fails a test.
type recorder struct {
	testing.TB
	name   string
	ctx    context.Context
	cancel context.CancelFunc

	mu       sync.Mutex
	cleanups []func()
	errors   []string
	logs     []string
	failed   bool
	skipped  bool
}

func newRecorder(t testing.TB) *recorder {
	r := &recorder{TB: t, name: t.Name()}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r
}

// record runs body as a test of its own, and ends it as testing does: defers, the context, cleanups.
func record(t testing.TB, body func(tb testing.TB)) *recorder {
	t.Helper()
	r := newRecorder(t)
	done := make(chan struct{})
	go tRunner(r, body, done)
	<-done
	r.finish()
	return r
}

// tRunner is not testing.tRunner: what is opened in this goroutine is another goroutine's for the check.
func tRunner(r *recorder, body func(testing.TB), done chan struct{}) {
	defer close(done)
	body(r)
}

// here runs body in the goroutine of t.
func here(t testing.TB, body func(tb testing.TB)) *recorder {
	t.Helper()
	r := newRecorder(t)
	body(r)
	r.finish()
	return r
}

func (r *recorder) finish() {
	r.cancel()
	for {
		r.mu.Lock()
		n := len(r.cleanups)
		if n == 0 {
			r.mu.Unlock()
			return
		}
		f := r.cleanups[n-1]
		r.cleanups = r.cleanups[:n-1]
		r.mu.Unlock()
		f()
	}
}

func (r *recorder) Helper()                     {}
func (r *recorder) Name() string                { return r.name }
func (r *recorder) Context() context.Context    { return r.ctx }
func (r *recorder) Deadline() (time.Time, bool) { return time.Time{}, false }

func (r *recorder) Cleanup(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cleanups = append(r.cleanups, f)
}

func (r *recorder) Error(args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = true
	r.errors = append(r.errors, strings.TrimSuffix(fmt.Sprintln(args...), "\n"))
}
func (r *recorder) Errorf(format string, args ...any) { r.Error(fmt.Sprintf(format, args...)) }

func (r *recorder) Fatal(args ...any) {
	r.Error(args...)
	runtime.Goexit()
}
func (r *recorder) Fatalf(format string, args ...any) { r.Fatal(fmt.Sprintf(format, args...)) }
func (r *recorder) Fail()                             { r.mu.Lock(); r.failed = true; r.mu.Unlock() }
func (r *recorder) FailNow()                          { r.Fail(); runtime.Goexit() }
func (r *recorder) Failed() bool                      { r.mu.Lock(); defer r.mu.Unlock(); return r.failed }
func (r *recorder) Skipped() bool                     { r.mu.Lock(); defer r.mu.Unlock(); return r.skipped }
func (r *recorder) SkipNow() {
	r.mu.Lock()
	r.skipped = true
	r.mu.Unlock()
	runtime.Goexit()
}

func (r *recorder) Log(args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.logs = append(r.logs, strings.TrimSuffix(fmt.Sprintln(args...), "\n"))
}
func (r *recorder) Logf(format string, args ...any) { r.Log(fmt.Sprintf(format, args...)) }

// text is everything that failed the test.
func (r *recorder) text() string { return strings.Join(r.errors, "\n") }

// wantOne fails t unless there was one failure with all these parts.
func (r *recorder) wantOne(t testing.TB, parts ...string) {
	t.Helper()
	if len(r.errors) != 1 {
		t.Fatalf("%d failures, want 1:\n%s", len(r.errors), r.text())
	}
	for _, p := range parts {
		if !strings.Contains(r.text(), p) {
			t.Errorf("the failure lacks %q:\n%s", p, r.text())
		}
	}
}

// wantNone fails t if there was a failure.
func (r *recorder) wantNone(t testing.TB) {
	t.Helper()
	if len(r.errors) > 0 {
		t.Fatalf("unexpected failure:\n%s", r.text())
	}
}
