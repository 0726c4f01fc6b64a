//go:build unix

package testdb

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A keeper is the process that owns one server. Its users hold a connection to
// its socket for as long as they live; the kernel closes it however they end.
// The keeper itself takes the server down with it (bindToParent).
type keeper struct {
	server   *server
	home     string // of all keepers of this kind: the lock and the socket
	listener net.Listener
	dsn      string

	mu      sync.Mutex
	users   int
	parents map[int]bool // the go commands that started users, see goCommand
}

const (
	keeperVariable   = "CONNLINT_TESTDB_KEEPER"   // name of the server to keep
	homeVariable     = "CONNLINT_TESTDB_HOME"     // keeper.home
	upstreamVariable = "CONNLINT_TESTDB_UPSTREAM" // layout.upstream

	// linger is how long a keeper waits for another user when the last has gone
	// and no go command is there that could start one.
	linger = time.Second
)

// keep is the keeper's main function. It tells on standard output, in one line,
// that the server is ready ("ready") or why it is not.
func keep(s *server) {
	if err := keepServer(s); err != nil {
		fmt.Println(strings.Join(strings.Fields(err.Error()), " "))
		os.Exit(1)
	}
	os.Exit(0)
}

func keepServer(s *server) error {
	if s == nil {
		return fmt.Errorf("%s names no server", keeperVariable)
	}
	// Whoever interrupts the tests ends the users, and the keeper follows them.
	signal.Ignore(os.Interrupt, syscall.SIGHUP)
	os.Chdir("/")
	k := &keeper{server: s, home: os.Getenv(homeVariable), parents: map[int]bool{}}
	removeStale(k.home)

	upstream := os.Getenv(upstreamVariable)
	if upstream != "" {
		defer os.RemoveAll(k.home) // it was made for one test
	}
	l, process, err := k.start(upstream)
	for again := 0; again < 2 && errors.Is(err, errEnded); again++ {
		os.RemoveAll(l.dir) // another process may have taken the free port
		l, process, err = k.start(upstream)
	}
	defer os.RemoveAll(l.dir)
	if err != nil {
		return err
	}
	defer process.stop()

	k.dsn = s.dsn(l)
	os.Remove(filepath.Join(k.home, "socket")) // of a keeper that was killed
	if k.listener, err = net.Listen("unix", filepath.Join(k.home, "socket")); err != nil {
		return err
	}
	go k.serve()
	fmt.Println("ready")
	os.Stdout.Close()
	k.wait(process)
	return nil
}

// serve tells every user the DSN and counts it until its connection ends.
func (k *keeper) serve() {
	for {
		conn, err := k.listener.Accept()
		if err != nil {
			return // closed by wait
		}
		k.count(1)
		go func() {
			defer k.count(-1)
			defer conn.Close()
			var hello greeting
			in := bufio.NewReader(conn)
			line, err := in.ReadBytes('\n')
			if err != nil || json.Unmarshal(line, &hello) != nil {
				return
			}
			if hello.GoCommand != 0 {
				k.mu.Lock()
				k.parents[hello.GoCommand] = true
				k.mu.Unlock()
			}
			fmt.Fprintln(conn, k.dsn)
			io.Copy(io.Discard, in)
		}()
	}
}

func (k *keeper) count(n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.users += n
}

// wait returns when nobody needs the server any more, or it has ended by itself.
func (k *keeper) wait(process *process) {
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	needed := time.Now()
	for {
		select {
		case <-terminated:
		case <-process.done:
		case <-tick.C:
			if k.needed() {
				needed = time.Now()
			}
			if time.Since(needed) < linger {
				continue
			}
		}
		// Under the lock nobody can be about to join.
		unlock, err := lock(k.home, patience)
		if err != nil || !k.needed() || process.ended() {
			k.listener.Close() // removes the socket
			if err == nil {
				unlock()
			}
			return
		}
		unlock()
		needed = time.Now()
	}
}

func (k *keeper) needed() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for pid := range k.parents {
		if !goCommand(pid) {
			delete(k.parents, pid)
		}
	}
	return k.users > 0 || len(k.parents) > 0
}

// errEnded is in the error of a server that ended while it should have started.
var errEnded = errors.New("ended at once")

// start runs the server in a directory of its own.
func (k *keeper) start(upstream string) (l layout, p *process, err error) {
	binary, err := k.server.find()
	if err != nil {
		return l, nil, err
	}
	// The process id lets removeStale tell whether it is still in use.
	l = layout{dir: filepath.Join(k.home, "data-"+strconv.Itoa(os.Getpid())), password: randomHex(12), upstream: upstream}
	who, err := k.server.owner()
	if err != nil {
		return l, nil, err
	}
	if err := os.Mkdir(l.dir, 0o700); err != nil {
		return l, nil, err
	}
	if l.port, err = freePort(); err != nil {
		return l, nil, err
	}
	if err := k.server.seed(l); err != nil {
		return l, nil, err
	}
	if err := who.own(l.dir); err != nil {
		return l, nil, err
	}
	for _, args := range k.server.prepare(binary, l) {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		out, err := who.command(ctx, l.dir, args).CombinedOutput()
		if err != nil {
			return l, nil, fmt.Errorf("%s: %w: %s", args[0], err, tail(out))
		}
	}
	p, err = startProcess(who, l.dir, k.server.command(binary, l))
	if err != nil {
		return l, nil, err
	}
	if err := p.await(func() error { return k.server.ready(k.server.dsn(l)) }); err != nil {
		p.stop()
		return l, nil, err
	}
	return l, p, nil
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// An owner is the user that a server runs as: nil means the present one.
type owner struct{ credential *syscall.Credential }

// owner finds an ordinary user when the tests run as root, which PostgreSQL
// refuses to be.
func (s *server) owner() (owner, error) {
	if os.Getuid() != 0 {
		return owner{}, nil
	}
	for _, name := range s.users {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return owner{}, err
		}
		return owner{&syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
	}
	return owner{}, fmt.Errorf("none of the users %s exists to run a server in place of root", strings.Join(s.users, ", "))
}

func (o owner) own(dir string) error {
	if o.credential == nil {
		return nil
	}
	return filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, int(o.credential.Uid), int(o.credential.Gid))
	})
}

// command returns a command that runs as the owner, in dir, with nothing of the
// environment that could configure it (PGPORT, MYSQL_HOME, locales).
func (o owner) command(ctx context.Context, dir string, args []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH") + ":/usr/sbin:/sbin", "HOME=" + dir, "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = bindToParent(o.credential)
	return cmd
}

// A process is a running server.
type process struct {
	cmd  *exec.Cmd
	log  string
	done chan struct{} // closed when it has ended
}

func startProcess(who owner, dir string, args []string) (*process, error) {
	// The log is the keeper's, so that it can be read when the server dies early.
	p := &process{log: filepath.Join(dir, "log"), done: make(chan struct{})}
	log, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	p.cmd = who.command(context.Background(), dir, args)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	started := make(chan error)
	go func() {
		// bindToParent binds to the thread that starts the process.
		runtime.LockOSThread()
		err := p.cmd.Start()
		log.Close()
		started <- err
		if err == nil {
			p.cmd.Wait()
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// await tries ready until it succeeds, the process ends or patience does.
func (p *process) await(ready func() error) error {
	var err error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if err = ready(); err == nil {
			return nil
		}
		select {
		case <-p.done:
			out, _ := os.ReadFile(p.log)
			return fmt.Errorf("%s %w: %s", filepath.Base(p.cmd.Path), errEnded, tail(out))
		case <-time.After(20 * time.Millisecond):
		}
	}
	return fmt.Errorf("%s is not ready after %s: %w", filepath.Base(p.cmd.Path), patience, err)
}

// stop ends the server without saving anything, and waits for it.
func (p *process) stop() {
	p.cmd.Process.Signal(syscall.SIGQUIT) // PostgreSQL's immediate shutdown
	select {
	case <-p.done:
		return
	case <-time.After(time.Second):
	}
	p.cmd.Process.Kill()
	<-p.done
}

// tail returns the end of a program's output.
func tail(out []byte) string {
	const enough = 600
	if len(out) > enough {
		out = out[len(out)-enough:]
	}
	return strings.TrimSpace(string(out))
}

// removeStale removes the data of keepers that were killed.
func removeStale(home string) {
	dirs, _ := filepath.Glob(filepath.Join(home, "data-*"))
	for _, dir := range dirs {
		pid, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(dir), "data-"))
		if err == nil && syscall.Kill(pid, 0) == syscall.ESRCH {
			os.RemoveAll(dir)
		}
	}
}
