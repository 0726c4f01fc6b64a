//go:build unix

package load

import (
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// A disk that is full in the middle of a file is one warning, and what was written
// until then is not read. Here no file may grow beyond a limit, in a process of its own.
func TestFullDisk(t *testing.T) {
	const variable = "CONNLINT_TEST_FULL_DISK"
	if os.Getenv(variable) == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestFullDisk$", "-test.v")
		cmd.Env = append(os.Environ(), variable+"=1")
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS") {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	dir := write(t, app)
	want := text(t, mustRun(t, options(dir, Off, ""))) // and the go command has written what it wants to
	for _, level := range []Level{Units, Graph, Full} {
		o := options(dir, level, t.TempDir())
		var mu sync.Mutex
		var warnings []string
		o.Warn = func(s string) {
			mu.Lock()
			defer mu.Unlock()
			warnings = append(warnings, s)
		}
		restore := limitFiles(t, 300)
		for range 2 {
			if got := text(t, mustRun(t, o)); got != want {
				t.Errorf("level %v:\n%s\nwant\n%s", level, got, want)
			}
		}
		restore()
		if len(warnings) != 2 || !strings.Contains(warnings[0], "cache cannot be written") {
			t.Errorf("level %v: warnings %q, want one a run", level, warnings)
		}
		if got := text(t, mustRun(t, o)); got != want {
			t.Errorf("level %v, with room again:\n%s\nwant\n%s", level, got, want)
		}
	}
}

// limitFiles has writes fail that would make a file larger than that, in bytes.
func limitFiles(t *testing.T, size uint64) (restore func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ) // or it ends the process
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	limited := old
	limited.Cur = size
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limited); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
			t.Fatal(err)
		}
	}
}
