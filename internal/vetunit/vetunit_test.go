package vetunit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/txtar"

	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/load"
	"github.com/connlint/connlint/internal/load/toyanalyzer"
	"github.com/connlint/connlint/internal/ssafunc"
	"github.com/connlint/connlint/internal/vetunit/vetcfg"
)

// toolVariable makes the test program the tool: it names the file with the further
// catalog.
const toolVariable = "CONNLINT_TEST_VETTOOL"

func TestMain(m *testing.M) {
	if name := os.Getenv(toolVariable); name != "" {
		tool, err := newTool(name)
		if err != nil {
			panic(err)
		}
		if !Is(os.Args[1:]) {
			panic(fmt.Sprintf("not for a vet tool: %q", os.Args[1:]))
		}
		if log := os.Getenv(toolVariable + "_LOG"); log != "" {
			f, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
			if err != nil {
				panic(err)
			}
			fmt.Fprintf(f, "%q\n", os.Args[1:])
			f.Close()
		}
		os.Exit(tool.Run(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

func newTool(catalogFile string) (*Tool, error) {
	data, err := os.ReadFile(catalogFile)
	if err != nil {
		return nil, err
	}
	cat, err := catalog.New([]catalog.Source{{Name: catalogFile, Text: string(data)}})
	if err != nil {
		return nil, err
	}
	if err := ssafunc.Analyzer.Flags.Set("catalog", catalogFile); err != nil {
		return nil, err
	}
	return &Tool{Analyzers: []*analysis.Analyzer{toyanalyzer.Analyzer}, Catalog: cat}, nil
}

const app = `
-- catalog.txt --
package example.com/drv
-- drv/go.mod --
module example.com/drv
go 1.24
-- drv/drv.go --
package drv

type DB struct{ dsn string }
func Open(dsn string) *DB { return &DB{dsn} }
func (db *DB) Query(q string) {}
-- wrap/go.mod --
module example.com/wrap
go 1.24
require example.com/drv v0.0.0
-- wrap/wrap.go --
package wrap

import "example.com/drv"

type W struct{ *drv.DB }
func (w *W) Run() { w.Query("") }
-- app/go.mod --
module example.com/app
go 1.24
require (
	example.com/drv v0.0.0
	example.com/wrap v0.0.0
)
replace (
	example.com/drv => ../drv
	example.com/wrap => ../wrap
)
-- app/a/a.go --
package a

import "example.com/wrap"

type Store struct{ *wrap.W; n int }
func (s *Store) Do() { s.Run() }
func Direct(s *Store) { s.Do() }
-- app/a/a_test.go --
package a

func fromTest(s *Store) { s.Do() }
-- app/a/x_test.go --
package a_test

import (
	"example.com/app/a"
	"example.com/app/b"
)

func outside(s *a.Store) { b.Twice(s) }
-- app/b/b.go --
package b

import "example.com/app/a"

func Twice(s *a.Store) { a.Direct(s); s.Do() }
-- app/c/c.go --
package c

import "example.com/app/b"

// Run is promoted through three packages, of which this one imports none.
func Method() { b.Twice(nil) }
-- app/far/far.go --
package far

func Far() int { return 1 }
`

type module struct{ dir, app, catalog, log string }

func write(t *testing.T) module {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range txtar.Parse([]byte(app)).Files {
		name := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return module{dir, filepath.Join(dir, "app"), filepath.Join(dir, "catalog.txt"), filepath.Join(dir, "log")}
}

func (m module) env() []string {
	return append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "GOPROXY=off", "GOTOOLCHAIN=local",
		toolVariable+"="+m.catalog, toolVariable+"_LOG="+m.log)
}

// vet runs go vet with this program as its tool.
func (m module) vet(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", append([]string{"vet", "-vettool=" + exe}, args...)...)
	cmd.Dir, cmd.Env = m.app, m.env()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// parse flattens the JSON of go vet, a series of objects.
func parse(t *testing.T, out string) []string {
	t.Helper()
	var lines []string
	dec := json.NewDecoder(strings.NewReader(out))
	for dec.More() {
		var tree map[string]map[string][]jsonDiagnostic
		if err := dec.Decode(&tree); err != nil {
			t.Fatalf("%v in\n%s", err, out)
		}
		for _, unit := range tree {
			for name, diags := range unit {
				for _, d := range diags {
					lines = append(lines, fmt.Sprintf("%s: %s (%s) to %s fixes %+v related %+v", d.Posn, d.Message, name, d.End, d.SuggestedFixes, d.Related))
				}
			}
		}
	}
	slices.Sort(lines)
	return lines
}

func TestSameAsLoad(t *testing.T) {
	m := write(t)
	tool, err := newTool(m.catalog)
	if err != nil {
		t.Fatal(err)
	}
	res, err := load.Run(context.Background(), load.Options{
		Dir: m.app, Patterns: []string{"./..."}, Tests: true, Env: m.env(),
		Analyzers: tool.Analyzers, Catalog: tool.Catalog,
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Errors)+len(res.Notes) > 0 {
		t.Fatalf("errors %v, notes %v", res.Errors, res.Notes)
	}
	var want []string
	for _, d := range res.Diagnostics {
		j := newJSON(d)
		want = append(want, fmt.Sprintf("%s: %s (%s) to %s fixes %+v related %+v", j.Posn, j.Message, d.Analyzer, j.End, j.SuggestedFixes, j.Related))
	}
	slices.Sort(want)
	if len(want) != 6 {
		t.Errorf("load reports %d, want 6: %q", len(want), want)
	}
	out, errs, status := m.vet(t, "-json", "./...")
	if got := parse(t, out); !slices.Equal(got, want) || status != 0 {
		t.Errorf("go vet -json: status %d\n%s\nwant\n%s\n%s", status, strings.Join(got, "\n"), strings.Join(want, "\n"), errs)
	}
	again, _, _ := m.vet(t, "-json", "./...")
	if got := parse(t, again); !slices.Equal(got, want) {
		t.Errorf("replayed: %q", got)
	}
	_, text, status := m.vet(t, "./...")
	if n := strings.Count(text, " calls a driver over "); n != len(want) || status != 1 {
		t.Errorf("plain: status %d, %d diagnostics, want %d\n%s", status, n, len(want), text)
	}
}

// TestIrrelevantUnitIsLeft feeds a unit whose source would not parse.
func TestIrrelevantUnitIsLeft(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.go")
	vetx := filepath.Join(dir, "vetx")
	empty := filepath.Join(dir, "empty")
	for _, name := range []string{bad, empty} {
		if err := os.WriteFile(name, []byte(strings.Repeat("}", len(name)-len(empty))), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(empty, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	cfg := vetcfg.Config{
		ID: "p", ImportPath: "p", GoFiles: []string{bad}, VetxOutput: vetx, Stdout: filepath.Join(dir, "stdout"),
		ImportMap: map[string]string{"q": "q"}, PackageFile: map[string]string{"q": "none"}, PackageVetx: map[string]string{"q": empty},
	}
	run := func() (int, string) {
		data, err := json.Marshal(cfg)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, "vet.cfg")
		if err := os.WriteFile(name, data, 0o666); err != nil {
			t.Fatal(err)
		}
		var stdout, stderr bytes.Buffer
		tool := &Tool{Analyzers: []*analysis.Analyzer{toyanalyzer.Analyzer}}
		status := tool.Run([]string{"-json", name}, &stdout, &stderr)
		if stdout.Len() > 0 {
			t.Errorf("wrote to standard output: %s", &stdout)
		}
		return status, stderr.String()
	}
	if status, errs := run(); status != 0 || errs != "" {
		t.Errorf("status %d, %s", status, errs)
	}
	if data, err := os.ReadFile(vetx); err != nil || len(data) != 0 {
		t.Errorf("vetx: %q, %v; want an empty file", data, err)
	}
	if data, err := os.ReadFile(cfg.Stdout); err != nil || string(data) != "{}\n" {
		t.Errorf("stdout: %q, %v", data, err)
	}
	// The same unit, its import relevant, is looked at, and found wanting.
	if err := os.WriteFile(empty, []byte(vetxMagic), 0o666); err != nil {
		t.Fatal(err)
	}
	if status, errs := run(); status != 1 || !strings.Contains(errs, "bad.go") {
		t.Errorf("relevant: status %d, %q", status, errs)
	}
	// What another version wrote is no facts.
	if err := os.WriteFile(empty, []byte("other"), 0o666); err != nil {
		t.Fatal(err)
	}
	if status, errs := run(); status != 1 || !strings.Contains(errs, "facts about q: written by another tool") {
		t.Errorf("foreign facts: status %d, %q", status, errs)
	}
}

func TestFlags(t *testing.T) {
	m := write(t)
	if _, text, status := m.vet(t, "-toy=false", "./..."); status != 0 || text != "" {
		t.Errorf("switched off: status %d, %s", status, text)
	}
	if _, text, status := m.vet(t, "-toy", "./b"); status != 1 || !strings.Contains(text, "Twice calls") {
		t.Errorf("switched on: status %d, %s", status, text)
	}
	if _, text, status := m.vet(t, "-c=0", "./c"); status != 1 || !strings.Contains(text, "func Method() {") {
		t.Errorf("with context: status %d, %s", status, text)
	}
	if _, text, status := m.vet(t, "-nosuchflag", "./c"); status == 0 {
		t.Errorf("unknown flag: status %d, %s", status, text)
	}
}

// TestFix leaves edits to x/tools.
func TestFix(t *testing.T) {
	m := write(t)
	out, errs, status := m.vet(t, "-fix", "-diff", "./b")
	if !strings.Contains(out, "+func XTwice(") || status != 1 {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
	if _, errs, status := m.vet(t, "-fix", "./b"); status != 0 {
		t.Fatalf("status %d: %s", status, errs)
	}
	data, err := os.ReadFile(filepath.Join(m.app, "b", "b.go"))
	if err != nil || !strings.Contains(string(data), "func XTwice(") {
		t.Errorf("%v\n%s", err, data)
	}
}

func TestTypeError(t *testing.T) {
	m := write(t)
	if err := os.WriteFile(filepath.Join(m.app, "b", "b.go"), []byte("package b\n\nvar X int = \"\"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	_, text, status := m.vet(t, "./...")
	if status != 1 || !strings.Contains(text, "cannot use") || !strings.Contains(text, "Direct calls a driver") {
		t.Errorf("status %d\n%s", status, text)
	}
}

func TestIs(t *testing.T) {
	for args, want := range map[string]bool{
		"":                   false,
		"./...":              false,
		"-V=full":            true,
		"-flags":             true,
		"x.cfg":              true,
		"-json /tmp/vet.cfg": true,
		"-json ./...":        false,
		"-flags ./...":       false,
	} {
		if got := Is(strings.Fields(args)); got != want {
			t.Errorf("Is(%q) = %t", args, got)
		}
	}
}

func TestConfigIsInTheVersion(t *testing.T) {
	version := func(config string) string {
		var out, errs bytes.Buffer
		if status := (&Tool{Config: config}).Run([]string{"-V=full"}, &out, &errs); status != 0 {
			t.Fatal(errs.String())
		}
		return out.String()
	}
	if a, b := version("a"), version("b"); a == b || !strings.Contains(a, " version devel ") || !strings.Contains(a, " buildID=") {
		t.Errorf("%q, %q", a, b)
	}
}
