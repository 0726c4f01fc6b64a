package runtimecheck

import (
	"fmt"
	"os"
	"testing"

	"github.com/connlint/connlint/runtimecheck/internal/track"
)

// VerifyNone checks, when tb and its subtests have ended, everything that was opened since the call on handles
// tracked by [Connector] or [Register]; also that tests closed the handles that they made.
//
// While another test that calls VerifyNone runs in parallel, it judges only what it can tie to tb: what tb's
// function, or something called by it in the same goroutine, has opened. The rest is VerifyTestMain's. Tests on
// handles of their own ([OpenDB]) have no such limit.
func VerifyNone(tb testing.TB, opts ...Option) {
	tb.Helper()
	track.Watch(tb, track.NewConfig(opts))
}

// A TestingM is a *testing.M.
type TestingM interface{ Run() int }

// VerifyTestMain runs the tests; if they pass, it checks every tracked handle that no test owns, prints what is open,
// and exits with 1. It does not return:
//
//	func TestMain(m *testing.M) { runtimecheck.VerifyTestMain(m) }
func VerifyTestMain(m TestingM, opts ...Option) {
	code := m.Run()
	if code == 0 {
		cfg := track.NewConfig(opts)
		cfg.Handles = true
		if err := find(cfg); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// Find checks, now, every tracked handle that no test owns. The error is a *LeakError.
func Find(opts ...Option) error { return find(track.NewConfig(opts)) }

func find(cfg *track.Config) error {
	s := track.NewScope(nil, cfg)
	defer s.End()
	r := s.Check()
	if r == nil || len(r.Leaks) == 0 {
		return nil
	}
	if cfg.OnLeak != nil {
		cfg.OnLeak(r)
		return nil
	}
	return newLeakError(r)
}
