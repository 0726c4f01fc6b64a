//go:build unix

package testdb

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

var (
	heldMu sync.Mutex
	held   []net.Conn // to keepers: the garbage collector would close them
)

// greeting is what a user tells its keeper, in one line of JSON.
type greeting struct {
	GoCommand int // process id of the go command that started the user, or 0
}

// join returns the DSN of the running server of a kind, and starts one when
// there is none. The server stays for as long as this process lives.
func join(s *server) (string, error) {
	if _, err := s.find(); err != nil {
		return "", err // without waiting for a lock
	}
	home, err := sharedHome(s)
	if err != nil {
		return "", err
	}
	unlock, err := lock(home, 2*patience)
	if err != nil {
		return "", err
	}
	defer unlock()
	var parent int
	if goCommand(os.Getppid()) {
		parent = os.Getppid()
	}
	dsn, _, err := greet(home, parent)
	if err == nil {
		return dsn, nil // the connection stays open until this process ends
	}
	if err := startKeeper(s, home, ""); err != nil {
		return "", err
	}
	dsn, _, err = greet(home, parent)
	return dsn, err
}

// bounce starts a PgBouncer before a PostgreSQL server, for one test.
func bounce(upstream string) (dsn string, leave func() error, err error) {
	if _, err := bouncerServer.find(); err != nil {
		return "", nil, err
	}
	shared, err := sharedHome(bouncerServer)
	if err != nil {
		return "", nil, err
	}
	home, err := os.MkdirTemp(shared, "")
	if err != nil {
		return "", nil, err
	}
	if err := os.Chmod(home, 0o711); err != nil {
		return "", nil, err
	}
	if err := startKeeper(bouncerServer, home, upstream); err != nil {
		os.RemoveAll(home)
		return "", nil, err
	}
	return greet(home, 0)
}

// sharedHome returns the directory in which the keepers of a kind and of this
// user meet. Others must not be able to put anything there.
func sharedHome(s *server) (string, error) {
	home := filepath.Join(os.TempDir(), "connlint-testdb-"+strconv.Itoa(os.Getuid()), s.name)
	// Searchable, for the ordinary user that the server runs as.
	if err := os.MkdirAll(home, 0o711); err != nil {
		return "", err
	}
	info, err := os.Lstat(filepath.Dir(home))
	if err != nil {
		return "", err
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); !ok || int(stat.Uid) != os.Getuid() || info.Mode().Perm()&0o022 != 0 || !info.IsDir() {
		return "", fmt.Errorf("%s is not a directory of this user alone", filepath.Dir(home))
	}
	return home, nil
}

// lock takes the lock of a home, which whoever starts, joins or stops a server
// holds. The kernel gives it back when the process dies.
func lock(home string, limit time.Duration) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(home, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(limit); ; time.Sleep(20 * time.Millisecond) {
		if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
			return func() { f.Close() }, nil
		}
		if time.Now().After(deadline) {
			f.Close()
			return nil, fmt.Errorf("another process has held %s for %s: %w", f.Name(), limit, err)
		}
	}
}

// greet joins the keeper of a home. The server stays until leave is called or
// the process ends.
func greet(home string, parent int) (dsn string, leave func() error, err error) {
	conn, err := net.DialTimeout("unix", filepath.Join(home, "socket"), patience)
	if err != nil {
		return "", nil, err
	}
	conn.SetDeadline(time.Now().Add(patience))
	if err := json.NewEncoder(conn).Encode(greeting{GoCommand: parent}); err != nil {
		conn.Close()
		return "", nil, err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		conn.Close()
		return "", nil, fmt.Errorf("the keeper of %s does not answer: %w", home, err)
	}
	heldMu.Lock()
	held = append(held, conn)
	heldMu.Unlock()
	return strings.TrimSpace(line), conn.Close, nil
}

// startKeeper starts a keeper for home and returns when its server is ready.
func startKeeper(s *server, home, upstream string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), keeperVariable+"="+s.name, homeVariable+"="+home, upstreamVariable+"="+upstream)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // an interrupt from the terminal is not for it
	// Neither standard output nor standard error may be those of this process:
	// go test waits until nobody holds them any more.
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	answer, err := io.ReadAll(out)
	if word := strings.TrimSpace(string(answer)); err != nil || word != "ready" {
		cmd.Wait()
		return fmt.Errorf("cannot start %s: %s", s.name, word)
	}
	go cmd.Wait() // reaps it if it ends first
	return nil
}
