package program

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

//go:embed testdata/runtime.go.txt
var runtimeSource string

// TestInterpreter compiles functions and runs them with database/sql itself, its driver
// failing at every choice: the interpreter says of each acquire what really happens.
func TestInterpreter(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles a program")
	}
	n := 40
	if os.Getenv("CONNLINT_ROBUST") != "" {
		n = 400
	}
	r := rand.New(rand.NewPCG(*seed, 5))
	var funcs []*Func
	for i := range n {
		if f := Generate(Name(i), r); executable(f) {
			funcs = append(funcs, f)
		}
	}
	compared := 0
	for f, want := range execute(t, funcs) {
		got, ok := f.Leaks()
		if !ok {
			continue
		}
		compared++
		if !maps.Equal(got, want) {
			src, _ := Source([]*Func{f})
			t.Errorf("the interpreter says %v, and what happens is %v\n%s", got, want, src[strings.Index(src, "func "+f.Name+"("):])
		}
	}
	t.Logf("%d of %d functions compared", compared, n)
	if compared < n/3 {
		t.Error("too few functions can be executed")
	}
}

// executable reports whether the program can be told all choices of f: not which case a
// select takes, nor when a goroutine runs.
func executable(f *Func) bool {
	c := f.Constructs()
	return !slices.Contains(c, "select") && !slices.Contains(c, "release in a goroutine") && !closesConn(f.Body)
}

// closesConn reports whether something asks for the error of closing a connection, which
// is the driver's to return in the interpreter only.
func closesConn(body []node) bool {
	for _, n := range body {
		if c, ok := n.(*closing); ok && c.how == "checked" && c.v.kind.Name != "tx" && c.v.kind.Name != "rows" {
			return true
		}
		for _, b := range n.blocks() {
			if closesConn(*b) {
				return true
			}
		}
	}
	return false
}

// execute returns what leaks, for the functions with few enough runs.
func execute(t *testing.T, funcs []*Func) map[*Func]map[int]bool {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module program\n\ngo 1.26\n", "main.go": runtimeSource, "functions.go": executed(funcs)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "run", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	var verdicts map[string]struct {
		Known bool
		Leaks map[int]bool
	}
	if err := json.Unmarshal(out, &verdicts); err != nil {
		t.Fatal(err)
	}
	leaks := map[*Func]map[int]bool{}
	for _, f := range funcs {
		if v := verdicts[f.Name]; v.Known {
			leaks[f] = v.Leaks
		}
	}
	return leaks
}

// executed returns the functions as a file of package main, with a table of them.
func executed(funcs []*Func) string {
	p := &printer{executed: true, sites: map[int]int{}}
	p.WriteString(header)
	for _, k := range Kinds {
		p.WriteString(helpers(k))
	}
	for _, f := range funcs {
		f.write(p)
	}
	p.linef("")
	p.linef("var functions = map[string]func(*sql.DB) any{")
	for _, f := range funcs {
		args := "db, nil, nil" + strings.Repeat(", choose(2) == 1", f.bools) + strings.Repeat(fmt.Sprintf(", choose(%d)", maxTurns+1), f.ints)
		if f.Out {
			p.linef("\t%q: func(db *sql.DB) any { out, _ := %[1]s(%s); return out },", f.Name, args)
		} else {
			p.linef("\t%q: func(db *sql.DB) any { %[1]s(%s); return nil },", f.Name, args)
		}
	}
	p.linef("}")
	// The program has functions of its own under these names.
	return strings.NewReplacer("package p\n", "package main\n", "func step() error { return nil }\n", "",
		"var kept []any\n", "", "func keep(v any) { kept = append(kept, v) }\n", "").Replace(p.String())
}
