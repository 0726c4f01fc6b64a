//go:build unix

package testdb

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

const helperVariable = "CONNLINT_TESTDB_HELPER"

// TestHelperUser is no test: it is the process that the tests below start and
// kill. It tells the DSN that it got and lives until its input ends.
func TestHelperUser(t *testing.T) {
	if os.Getenv(helperVariable) == "" {
		t.Skip("started by the other tests of this file")
	}
	dsn, err := join(postgresServer)
	fmt.Println("DSN", dsn, err)
	io.Copy(io.Discard, os.Stdin)
}

// A helper is a process that uses the server of a temporary directory.
type helper struct {
	cmd   *exec.Cmd
	input io.WriteCloser
	dsn   string
}

// kill ends the helper as nothing that it could notice.
func (h *helper) kill() {
	h.cmd.Process.Kill()
	h.cmd.Wait()
}

func startHelper(t *testing.T, tmp string) *helper {
	t.Helper()
	h := &helper{cmd: exec.Command(os.Args[0], "-test.run=^TestHelperUser$")}
	h.cmd.Env = append(os.Environ(), helperVariable+"=1", "TMPDIR="+tmp)
	var err error
	if h.input, err = h.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if _, err2 := fmt.Sscanf(line, "DSN %s <nil>", &h.dsn); err != nil || err2 != nil {
		t.Fatalf("helper said %q: %v, %v", line, err, err2)
	}
	return h
}

// shortTemp returns a directory that other users can search, whose path leaves
// room for a socket's. (That of t.TempDir is for one user only.)
func shortTemp(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("starts servers, left out by -short")
	}
	dir, err := os.MkdirTemp("", "k")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// eventually waits for what happens within moments on an idle machine.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after 30s: not %s", what)
		}
	}
}

func dataDirs(tmp string) []string {
	dirs, _ := filepath.Glob(filepath.Join(tmp, "connlint-testdb-*", "postgres", "data-*"))
	return dirs
}

func TestServerIsSharedAndEndsWithItsLastUser(t *testing.T) {
	t.Parallel()
	tmp := shortTemp(t)
	first := startHelper(t, tmp)
	second := startHelper(t, tmp)
	if first.dsn != second.dsn {
		t.Fatalf("two processes got two servers: %s and %s", first.dsn, second.dsn)
	}
	first.kill()
	time.Sleep(2 * linger)
	if err := readyPostgres(second.dsn); err != nil {
		t.Fatalf("the server ended with its first user: %v", err)
	}
	second.kill()
	eventually(t, "stopped", func() bool { return readyPostgres(second.dsn) != nil })
	eventually(t, "removed", func() bool { return len(dataDirs(tmp)) == 0 })
}

func TestServerEndsWithItsKeeper(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ends a process with its parent")
	}
	tmp := shortTemp(t)
	user := startHelper(t, tmp)
	dirs := dataDirs(tmp)
	if len(dirs) != 1 {
		t.Fatalf("data directories %q: want one", dirs)
	}
	keeper, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(dirs[0]), "data-"))
	if err != nil {
		t.Fatal(err)
	}
	process, err := os.FindProcess(keeper)
	if err != nil {
		t.Fatal(err)
	}
	process.Kill()
	eventually(t, "stopped", func() bool { return readyPostgres(user.dsn) != nil })

	// The next user gets another server, and the first one's data is removed
	// as soon as the process table has forgotten its keeper.
	next := startHelper(t, tmp)
	if next.dsn == user.dsn {
		t.Fatalf("the second user got the killed server, %s", next.dsn)
	}
	if err := readyPostgres(next.dsn); err != nil {
		t.Error(err)
	}
}

// What keepers that were killed have left is removed, what is in use is not.
func TestRemoveStale(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	ended := exec.Command(os.Args[0], "-test.run=^$")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	stale := filepath.Join(home, "data-"+strconv.Itoa(ended.Process.Pid))
	used := filepath.Join(home, "data-"+strconv.Itoa(os.Getpid()))
	for _, dir := range []string{stale, used} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	removeStale(home)
	if _, err := os.Stat(stale); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", stale, err)
	}
	if _, err := os.Stat(used); err != nil {
		t.Errorf("the data of a running keeper was removed: %v", err)
	}
}

// Where no server is installed, one line says what to install.
func TestNothingInstalled(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	defer func(dirs []string) { programDirs = dirs }(programDirs)
	programDirs = []string{t.TempDir()}
	for name, s := range servers {
		_, err := s.find()
		if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "apt-get install") {
			t.Errorf("%s: error %v: want one line that says what to install", name, err)
		}
	}
}
