package track

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
)

// maxDepth is how many program counters a stack keeps: the dozen of database/sql and the wrapper,
// and what an ORM adds.
const maxDepth = 40

// A Stack is where something was opened, as program counters. Capturing one takes about a
// microsecond and allocates nothing.
type Stack struct {
	pcs [maxDepth]uintptr
	n   int32
}

// Capture records the stack of the caller's caller. Frames of this module and of the driver
// packages are dropped when the stack is read, so no exact skip is needed.
func (s *Stack) Capture() { s.n = int32(runtime.Callers(3, s.pcs[:])) }

func (s *Stack) frames() []runtime.Frame {
	if s.n == 0 {
		return nil
	}
	var out []runtime.Frame
	it := runtime.CallersFrames(s.pcs[:s.n])
	for {
		f, more := it.Next()
		if f.Function != "" {
			out = append(out, f)
		}
		if !more {
			return out
		}
	}
}

// has reports whether a function is on the stack, by its full name.
func (s *Stack) has(functions ...string) bool {
	for _, f := range s.frames() {
		for _, name := range functions {
			if f.Function == name {
				return true
			}
		}
	}
	return false
}

const (
	awaitDoneTx   = "database/sql.(*Tx).awaitDone"
	awaitDoneRows = "database/sql.(*Rows).awaitDone"
	connOpener    = "database/sql.(*DB).connectionOpener"
)

// ByAwaitDone reports whether the calling goroutine is one of those that database/sql keeps to end a
// Tx or Rows when its context is done: user code did not end it.
func ByAwaitDone() bool {
	var s Stack
	s.Capture()
	return s.has(awaitDoneTx, awaitDoneRows)
}

// ByConnectionOpener reports whether the calling goroutine is the one that opens connections on behalf of
// waiters, so that its stack says nothing about who needs the connection.
func ByConnectionOpener() bool {
	var s Stack
	s.Capture()
	return s.has(connOpener)
}

// module is this module's path, derived so that a fork keeps working.
var module = func() string {
	pc, _, _, _ := runtime.Caller(0)
	return strings.TrimSuffix(packagePath(runtime.FuncForPC(pc).Name()), "/internal/track")
}()

// plumbing reports whether a function belongs to the machinery between the user's code and the
// driver. The last such frame, seen from the driver, is the API the user called.
func plumbing(function string) bool {
	switch p := packagePath(function); p {
	case "database/sql", "runtime", "reflect", "golang.org/x/sync/semaphore":
		return true
	default:
		return ours(p) || p == "github.com/jackc/pgx/v5" || strings.HasPrefix(p, "github.com/jackc/pgx/v5/") ||
			strings.HasPrefix(p, "github.com/jackc/puddle/")
	}
}

// ours reports whether a package is one of this module's.
func ours(pkg string) bool {
	switch pkg {
	case module, module + "/pgxcheck", module + "/internal/track", module + "/internal/server":
		return true
	}
	return false
}

// packagePath returns the import path of a function as runtime.Frame names it.
func packagePath(function string) string {
	slash := strings.LastIndexByte(function, '/')
	if dot := strings.IndexByte(function[slash+1:], '.'); dot >= 0 {
		return function[:slash+1+dot]
	}
	return function
}

// A site is a stack read: which API was called, by which user code.
type site struct {
	api  string
	user []runtime.Frame
	// test is the function of the test or benchmark, "" when the stack does not reach it.
	test string
	// cut reports that the stack was deeper than what is kept.
	cut bool
}

func (s *Stack) read() site {
	all := s.frames()
	out := site{cut: s.n == maxDepth}
	i := 0
	for i < len(all) && plumbing(all[i].Function) {
		if all[i].Function != "runtime.goexit" {
			out.api = apiName(all[i].Function)
		}
		i++
	}
	for _, f := range all[i:] {
		if runsTests(f.Function) {
			if n := len(out.user); n > 0 {
				out.test = out.user[n-1].Function
			}
			break
		}
		if f.Function == "runtime.goexit" || f.Function == "runtime.main" {
			break
		}
		if !ours(packagePath(f.Function)) { // Sweep and Limit call the body
			out.user = append(out.user, f)
		}
	}
	return out
}

// runsTests reports whether a function of testing calls what the user has written as a test or benchmark.
func runsTests(function string) bool {
	return function == "testing.tRunner" || function == "testing.(*B).runN"
}

// apiName writes "database/sql.(*DB).Query" as "(*sql.DB).Query" and drops closures.
func apiName(function string) string {
	name := shortName(function)
	if i := strings.Index(name, ".func"); i > 0 {
		name = name[:i]
	}
	pkg, rest, ok := strings.Cut(name, ".(*")
	if !ok {
		return name
	}
	return "(*" + pkg + "." + rest
}

// majorVersion is the last element of a package path that is no package name: "github.com/jackc/pgx/v5".
var majorVersion = regexp.MustCompile(`/v[0-9]+\.`)

// shortName drops the directory of a function's package.
func shortName(function string) string {
	function = majorVersion.ReplaceAllString(function, ".")
	return function[strings.LastIndexByte(function, '/')+1:]
}

// inScope reports whether function is name or something declared inside it.
func inScope(function, name string) bool {
	return function == name || strings.HasPrefix(function, name+".")
}

var workingDir = sync.OnceValue(func() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	return dir
})

// position writes a frame as file:line, relative to the directory of the tests when that is shorter.
func position(f runtime.Frame) string {
	file := f.File
	if dir := workingDir(); dir != "" {
		if rel, err := filepath.Rel(dir, file); err == nil && !strings.HasPrefix(rel, filepath.Join("..", "..", "..")) {
			file = rel
		}
	}
	return file + ":" + strconv.Itoa(f.Line)
}

// library reports whether a frame is third-party code, which a report shortens.
func library(f runtime.Frame) bool { return strings.Contains(f.File, "@v") }

// goroutineID returns the number of the calling goroutine. The runtime does not offer it; the header of
// a stack trace has it, at the price of some microseconds, hence the option that turns this on.
func goroutineID() uint64 {
	var buf [64]byte
	s := string(buf[:runtime.Stack(buf[:], false)])
	s = strings.TrimPrefix(s, "goroutine ")
	id, _, _ := strings.Cut(s, " ")
	n, _ := strconv.ParseUint(id, 10, 64)
	return n
}

// OnStack reports whether the calling goroutine is in a function, by its full name.
func OnStack(function string) bool {
	var s Stack
	s.Capture()
	return s.has(function)
}
