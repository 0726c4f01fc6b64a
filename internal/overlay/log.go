package overlay

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// A Leak is a place in a test from which a connection was taken that did not come back.
type Leak struct {
	Package string  `json:"package"` // that was tested, by its directory if the test is not known
	Test    string  `json:"test"`    // its function; "" if neither it nor what it started took the connection
	Count   int     `json:"count"`   // how many were taken there
	API     string  `json:"api"`     // "(*sql.DB).QueryContext"
	Stack   []Frame `json:"stack"`   // of the code that called it, innermost first
	// Note tells what is special: given back only by the end of a context after the test, or the process ended early.
	Note string `json:"note,omitempty"`
}

// A Frame is one line of a stack.
type Frame struct {
	Function string `json:"function"`
	File     string `json:"file"`
	Line     int    `json:"line"`
}

const (
	noteHealed = "it came back only when its context ended, after the test had returned"
	noteEarly  = "the process ended before its tests did; the connection may still have been needed"
)

// readLogs reads what the processes of a run have written.
func readLogs(dir string) ([]Leak, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil {
		return nil, err
	}
	var leaks []Leak
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		found, err := readLog(f)
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(name), err)
		}
		leaks = append(leaks, found...)
	}
	return merge(leaks), nil
}

// A processLog is what one process has written.
type processLog struct {
	dir    string
	stacks map[int][]Frame
	held   map[int]taken
	healed []taken
	end    int64 // when its tests had ended, in ns; 0 if they had not
}

type taken struct {
	stack int
	at    int64
}

// readLog reads one file. The last line may be cut off: a process can end at any time.
func readLog(r io.Reader) ([]Leak, error) {
	p := processLog{stacks: map[int][]Frame{}, held: map[int]taken{}}
	in := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, err := in.ReadString('\n')
		if err != nil {
			if err != io.EOF {
				return nil, err
			}
			return p.leaks(), nil
		}
		if err := p.line(strings.Split(strings.TrimSuffix(line, "\n"), "\t")); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
}

func (p *processLog) line(f []string) error {
	switch {
	case f[0] == "P" && len(f) == 2:
		var err error
		p.dir, err = strconv.Unquote(f[1])
		return err
	case f[0] == "S" && len(f)%3 == 2:
		return p.stack(f[1:])
	case f[0] == "A" && len(f) == 4:
		n, err1 := strconv.Atoi(f[1])
		stack, err2 := strconv.Atoi(f[2])
		at, err3 := strconv.ParseInt(f[3], 10, 64)
		p.held[n] = taken{stack, at}
		return firstError(err1, err2, err3)
	case f[0] == "R" && len(f) == 4:
		n, err := strconv.Atoi(f[1])
		if f[3] == "healed" {
			p.healed = append(p.healed, p.held[n])
		}
		delete(p.held, n)
		return err
	case f[0] == "E" && len(f) == 2:
		var err error
		p.end, err = strconv.ParseInt(f[1], 10, 64)
		return err
	}
	return fmt.Errorf("%q is no record", f[0])
}

func (p *processLog) stack(f []string) error {
	id, err := strconv.Atoi(f[0])
	for i := 1; i+2 < len(f) && err == nil; i += 3 {
		var fr Frame
		var err1, err2, err3 error
		fr.Function, err1 = strconv.Unquote(f[i])
		fr.File, err2 = strconv.Unquote(f[i+1])
		fr.Line, err3 = strconv.Atoi(f[i+2])
		p.stacks[id] = append(p.stacks[id], fr)
		err = firstError(err1, err2, err3)
	}
	return err
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// leaks are what is held at the end and was taken before the tests ended: what a goroutine takes after that, it may be
// about to give back.
func (p *processLog) leaks() []Leak {
	var out []Leak
	for _, t := range p.held {
		switch {
		case p.end == 0:
			out = append(out, p.leak(t, noteEarly))
		case t.at < p.end:
			out = append(out, p.leak(t, ""))
		}
	}
	for _, t := range p.healed {
		out = append(out, p.leak(t, noteHealed))
	}
	return out
}

func (p *processLog) leak(t taken, note string) Leak {
	l := Leak{Package: p.dir, Count: 1, Note: note}
	frames := p.stacks[t.stack]
	for len(frames) > 0 && machinery(frames[0].Function) {
		l.API = apiName(frames[0].Function)
		frames = frames[1:]
	}
	var creator *Frame
	if last := len(frames) - 1; last >= 0 && strings.HasPrefix(frames[last].Function, createdBy) {
		creator = &frames[last]
	}
	for i, f := range frames {
		if runsTests(f.Function) {
			if i > 0 {
				l.Package, l.Test = splitTest(frames[i-1].Function)
			}
			frames = frames[:i]
			break
		}
		if f.Function == "runtime.goexit" || f.Function == "runtime.main" {
			frames = frames[:i]
			break
		}
	}
	l.Stack = frames
	if creator != nil {
		l.Stack = append(slices.Clip(l.Stack), *creator)
		if pkg, name := splitTest(strings.TrimPrefix(creator.Function, createdBy)); strings.HasSuffix(creator.File, "_test.go") && testName(name) {
			l.Package, l.Test = pkg, name
		}
	}
	return l
}

// runsTests reports whether a function of testing calls what the user has written as a test, benchmark or example.
func runsTests(function string) bool {
	switch function {
	case "testing.tRunner", "testing.(*B).runN", "testing.runExample":
		return true
	}
	return false
}

// createdBy begins the last frame of a goroutine that is not a test's: the function that started it.
const createdBy = "created by "

// testName reports whether go test runs functions of this name.
func testName(name string) bool {
	for _, prefix := range []string{"Test", "Benchmark", "Fuzz", "Example"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// machinery reports whether a function lies between the user's code and the taking of a connection.
func machinery(function string) bool {
	return strings.HasPrefix(function, "database/sql.") || strings.HasPrefix(function, "github.com/jackc/pgx/v5/pgxpool.") ||
		strings.HasPrefix(function, "runtime.Callers")
}

// apiName writes "database/sql.(*DB).Query" as "(*sql.DB).Query".
func apiName(function string) string {
	name := function[strings.LastIndexByte(function, '/')+1:]
	name, _, _ = strings.Cut(name, ".func")
	if pkg, rest, ok := strings.Cut(name, ".(*"); ok {
		return "(*" + pkg + "." + rest
	}
	return name
}

// splitTest splits "example.org/store.TestA.func1" into the package and "TestA".
func splitTest(function string) (pkg, test string) {
	slash := strings.LastIndexByte(function, '/') + 1
	dot := strings.IndexByte(function[slash:], '.')
	if dot < 0 {
		return "", function
	}
	test, _, _ = strings.Cut(function[slash+dot+1:], ".")
	return strings.TrimSuffix(function[:slash+dot], "_test"), test
}

// merge counts leaks from the same place together, and sorts: by package, test and place.
func merge(leaks []Leak) []Leak {
	byKey := map[string]*Leak{}
	var keys []string
	for _, l := range leaks {
		key := strings.Join([]string{l.Package, l.Test, l.API, fmt.Sprint(l.Stack), l.Note}, "\x00")
		if old := byKey[key]; old != nil {
			old.Count += l.Count
			continue
		}
		byKey[key] = &l
		keys = append(keys, key)
	}
	sort.Strings(keys)
	out := make([]Leak, 0, len(keys))
	for _, k := range keys {
		out = append(out, *byKey[k])
	}
	return out
}
