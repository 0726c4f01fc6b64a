package runtimecheck_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// child runs go test on a package of testdata and returns its output.
func child(t *testing.T, pkg string, env []string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", append(append([]string{"test"}, args...), "./testdata/"+pkg)...)
	cmd.Env = append(os.Environ(), env...)
	out, _ := cmd.CombinedOutput() // a failing test is what is asked for
	return string(out)
}

func TestLifecycle(t *testing.T) {
	race := []string{"-v", "-count=2"}
	if cgo, err := exec.Command("go", "env", "CGO_ENABLED").Output(); err == nil && strings.TrimSpace(string(cgo)) == "1" && !testing.Short() {
		race = append(race, "-race") // needs a C compiler
	}
	out := child(t, "lifecycle", nil, append(race, "-skip=TestPanics")...)
	if strings.Contains(out, "DATA RACE") {
		t.Error("a race")
	}
	results := map[string]string{
		"TestClean": "PASS", "TestLeaks": "FAIL", "TestFails": "FAIL", "TestSkips": "SKIP", "TestContextHeals": "FAIL",
		"TestDefersRunFirst": "PASS", "TestCleanupsRunFirst": "PASS", "TestSubtests": "FAIL",
		"TestSubtests/clean": "PASS", "TestSubtests/leaks": "FAIL", "TestSubtests/leaks_the_parent's": "PASS",
	}
	for name, want := range results {
		if n := strings.Count(out, "--- "+want+": "+name+" ("); n != 2 {
			t.Errorf("%s: %d times %s, want 2", name, n, want)
		}
	}
	for _, want := range []string{
		"lifecycle_test.go:29: runtimecheck: TestLeaks left 1 open",       // the line of OpenDB's caller
		"lifecycle.TestLeaks                        lifecycle_test.go:30", // who called
		"note: it ended only because t.Context() was cancelled when the test returned",
		"runtimecheck: TestSubtests/leaks left 1 open",
		"runtimecheck: TestSubtests left 1 open",
		"runtimecheck: TestFails left 1 open", // logged
		"its own failure",
	} {
		if n := strings.Count(out, want); n != 2 {
			t.Errorf("%d times %q, want 2", n, want)
		}
	}
	if t.Failed() {
		t.Log(out)
	}
}

func TestPanicStaysReadable(t *testing.T) {
	out := child(t, "lifecycle", nil, "-run=TestPanics")
	if !strings.Contains(out, "panic: its own panic") || !strings.Contains(out, "neither committed nor rolled back") {
		t.Error(out)
	}
}

func TestVerifyTestMain(t *testing.T) {
	if out := child(t, "testmain", nil); !strings.HasPrefix(out, "ok") {
		t.Error(out)
	}
	out := child(t, "testmain", []string{"LEAK=1"})
	for _, want := range []string{"runtimecheck: the program left 1 open", "*sql.Conn never closed", "testmain.TestUnchecked", "FAIL"} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
}

func TestHangGuard(t *testing.T) {
	out := child(t, "hang", nil, "-run=TestHangs", "-timeout=3s")
	for _, want := range []string{
		"runtimecheck: TestHangs does not end; connections held now:", "begun by (*sql.DB).Begin, called from",
		"waiting for a connection:", "waits in (*sql.DB).Exec, called from", "hang.insideTheTransaction",
		"pool: 1 open, 1 in use, 0 idle, limit 1",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
	if guard, own := strings.Index(out, "does not end"), regexp.MustCompile("panic: test timed out").FindStringIndex(out); own == nil || guard > own[0] {
		t.Error("it comes after the timeout of go test")
	}
}

func TestHangAfter(t *testing.T) {
	const says = "runtimecheck: TestSlow does not end; connections held now:"
	for after, want := range map[string]bool{"100ms": true, "1m": false, "-1s": false} {
		out := child(t, "hang", []string{"HANG_AFTER=" + after}, "-run=TestSlow", "-timeout=20s", "-v")
		if got := strings.Contains(out, says); got != want || !strings.Contains(out, "--- PASS: TestSlow") {
			t.Errorf("HangAfter(%s): %v, want %v:\n%s", after, got, want, out)
		}
	}
}

// TestNoFalseReport runs a clean test ten thousand times in parallel, on own and on shared handles.
func TestNoFalseReport(t *testing.T) {
	count := "-count=20"
	if testing.Short() {
		count = "-count=2"
	}
	if out := child(t, "parallel", nil, count, "-parallel=32", "-timeout=5m"); !strings.HasPrefix(out, "ok") {
		t.Error(out[:min(len(out), 5000)])
	}
}

// TestWatchNamesTheLine: goroutines know where they were started when the runtime keeps their ancestors.
func TestWatchNamesTheLine(t *testing.T) {
	out := child(t, "watch", []string{"GODEBUG=tracebackancestors=10"})
	for _, want := range []string{"1 connections in use that were not before", "begun by (*sql.DB).Begin", "watch.TestWatched", "watch.begin", "watch_test.go:22"} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
}
