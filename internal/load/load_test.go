package load

import (
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
	"github.com/connlint/connlint/internal/load/toyanalyzer"
	"github.com/connlint/connlint/internal/ssafunc"
)

// driver is a catalog for the driver that the modules of these tests use. It
// imports nothing, which makes the tests fast.
var driver = catalog.Source{Name: "driver.txt", Text: "package example.com/drv\n"}

var testCatalog *catalog.Catalog

func TestMain(m *testing.M) {
	if os.Getenv(driverVariable) != "" {
		if err := serve(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	dir, err := os.MkdirTemp("", "load")
	if err != nil {
		panic(err)
	}
	name := filepath.Join(dir, driver.Name)
	if err := os.WriteFile(name, []byte(driver.Text), 0o666); err != nil {
		panic(err)
	}
	if err := ssafunc.Analyzer.Flags.Set("catalog", name); err != nil {
		panic(err)
	}
	if testCatalog, err = catalog.New([]catalog.Source{driver}); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// app is a module with a driver and a wrapper of it beside: a imports the wrapper,
// b imports a, c imports b; far imports nothing of these.
const app = `
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
func Idle() {}
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

import (
	"example.com/wrap"
	"example.com/app/far"
)

type Store struct{ w *wrap.W; n far.Number }
func (s *Store) Do() { s.w.Run() }
func Helper(s *Store) int { return 1 }
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

func Twice(s *a.Store) { s.Do(); s.Do() }
func Nothing(s *a.Store) { a.Helper(s) }
-- app/c/c.go --
package c

import (
	"example.com/app/a"
	"example.com/app/b"
)

func Thrice(s *a.Store) { b.Twice(s); s.Do() }
-- app/far/far.go --
package far

type Number int
func Far() Number { return 1 }
`

// write writes the files of an archive below a new directory and returns the
// directory of the module app.
func write(t *testing.T, archive string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		put(t, filepath.Join(dir, f.Name), string(f.Data))
	}
	return filepath.Join(dir, "app")
}

func put(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

// edit replaces old, which must be there, by new in a file.
func edit(t *testing.T, name, old, new string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), old) {
		t.Fatalf("%s does not contain %q", name, old)
	}
	put(t, name, strings.Replace(string(data), old, new, 1))
}

func options(dir string, level Level, cacheDir string) Options {
	return Options{
		Dir:       dir,
		Patterns:  []string{"./..."},
		Tests:     true,
		Env:       append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "GOPROXY=off", "GOTOOLCHAIN=local"),
		Analyzers: []*analysis.Analyzer{toyanalyzer.Analyzer},
		Catalog:   testCatalog,
		Cache:     level,
		CacheDir:  cacheDir,
	}
}

func mustRun(t *testing.T, o Options) *Result {
	t.Helper()
	res, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// messages returns "file: message" of the diagnostics.
func messages(res *Result) []string {
	var out []string
	for _, d := range res.Diagnostics {
		out = append(out, filepath.Base(d.Pos.File)+": "+d.Message)
	}
	return out
}

// text is everything of a result that must not depend on the cache.
func text(t *testing.T, res *Result) string {
	t.Helper()
	r := *res
	r.Analyzed = 0
	data, err := json.MarshalIndent(&r, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestFactsCrossPackagesAndModules(t *testing.T) {
	res := mustRun(t, options(write(t, app), Off, ""))
	want := []string{
		"a.go: Do calls a driver over 2 calls; imports: wrap 1",
		"a_test.go: fromTest calls a driver over 3 calls; imports: wrap 1",
		"x_test.go: outside calls a driver over 4 calls; imports: a 2, b 1",
		"b.go: Twice calls a driver over 3 calls; imports: a 1",
		"c.go: Thrice calls a driver over 3 calls; imports: a 1, b 1",
	}
	if got := messages(res); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(res.Errors) > 0 || len(res.Notes) > 0 {
		t.Errorf("errors %v, notes %v", res.Errors, res.Notes)
	}
	if res.Packages != 4 {
		t.Errorf("%d packages, want 4", res.Packages)
	}
	// a alone, with its test, its external test; b; c; wrap. Not far, not drv.
	if res.Units != 6 || res.Analyzed != 6 {
		t.Errorf("%d units, %d analyzed; want 6", res.Units, res.Analyzed)
	}
}

func TestDiagnosticHasAllItsParts(t *testing.T) {
	dir := write(t, app)
	res := mustRun(t, options(dir, Off, ""))
	d := res.Diagnostics[0]
	file := filepath.Join(dir, "a", "a.go")
	want := Position{File: file, Line: 9, Col: 17, Offset: 142}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want.Offset = strings.Index(string(data), "Do()")
	if d.Pos != want {
		t.Errorf("at %+v, want %+v", d.Pos, want)
	}
	if d.URL != "https://example.org/toy" || d.PkgPath != "example.com/app/a" || d.Analyzer != "toy" {
		t.Errorf("got %+v", d)
	}
	if len(d.Related) != 1 || d.Related[0].Pos.Line != 1 || d.Related[0].Pos.Col != 9 {
		t.Errorf("related %+v", d.Related)
	}
	wantEdit := Edit{File: file, Start: want.Offset, End: want.Offset, NewText: "X"}
	if len(d.Fixes) != 1 || len(d.Fixes[0].Edits) != 1 || d.Fixes[0].Edits[0] != wantEdit {
		t.Errorf("fixes %+v", d.Fixes)
	}
}

func TestWithoutTests(t *testing.T) {
	o := options(write(t, app), Off, "")
	o.Tests = false
	for _, m := range messages(mustRun(t, o)) {
		if strings.Contains(m, "_test.go") {
			t.Errorf("reported %s", m)
		}
	}
}

func TestEditCostsWhatItChanges(t *testing.T) {
	dir := write(t, app)
	o := options(dir, Units, t.TempDir())
	step := func(what string, analyzed int) {
		t.Helper()
		res := mustRun(t, o)
		if res.Analyzed != analyzed {
			t.Errorf("%s: %d units analyzed, want %d", what, res.Analyzed, analyzed)
		}
		o := o
		o.Cache = Off
		if want := mustRun(t, o); text(t, res) != text(t, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", what, text(t, res), text(t, want))
		}
	}
	file := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	step("first run", 6)
	step("nothing changed", 0)
	edit(t, file("a/a.go"), "return 1", "return 2")
	step("a body that changes no fact: a and a with its test", 2)
	edit(t, file("a/a.go"), "package a", "// a comment\npackage a")
	step("lines moved", 2)
	edit(t, file("a/a.go"), "return 2", "s.Do(); return 2")
	step("a body that changes facts: a twice, its external test, b, c", 5)
	edit(t, file("far/far.go"), "return 1", "return 7")
	step("a body that no unit sees", 0)
	edit(t, file("far/far.go"), "type Number int", "type Number string\nconst one = \"\"\n")
	edit(t, file("far/far.go"), "return 7", "return one")
	step("a type that a's API has beneath", 5)
	edit(t, file("../wrap/wrap.go"), "func Idle() {}", "func Idle() { Open() }\nfunc Open() { drv.Open(\"\") }")
	step("a dependency outside the module cache", 6)
	put(t, file("a/tagged.go"), "//go:build tagged\n\npackage a\n\nfunc Tagged(s *Store) { s.Do() }\n")
	step("a file that the tags leave out", 0)
	o.BuildFlags = []string{"-tags=tagged"}
	step("the same with the tag: a twice, its external test, b, c", 5)
	o.BuildFlags = nil
	step("and without it", 0)
	if err := os.Remove(file("c/c.go")); err != nil {
		t.Fatal(err)
	}
	step("a package less", 0)
}

func TestOneBadUnitLeavesTheOthers(t *testing.T) {
	for _, tt := range []struct {
		name, file, old, new string
		want                 string // of the error
		lost                 string // message that is no longer there
	}{
		{"type error", "b/b.go", "s.Do(); s.Do()", "s.Do(); s.Gone()", "b.go:5:36: s.Gone undefined (type *a.Store has no field or method Gone)", "b.go"},
		{"syntax error", "b/b.go", "{ s.Do(); s.Do() }", "{ s.Do(; }", "b.go:5:", "b.go"},
		{"unused variable", "b/b.go", "s.Do(); s.Do()", "s.Do(); x := 1", "b.go:5:34: declared and not used: x", ""},
		{"missing import", "c/c.go", "import (", "import (\n\t_ \"example.com/gone\"", "c.go:4:2: cannot find module providing package example.com/gone", "c.go"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := write(t, app)
			edit(t, filepath.Join(dir, filepath.FromSlash(tt.file)), tt.old, tt.new)
			o := options(dir, Units, t.TempDir())
			first := mustRun(t, o)
			if again := mustRun(t, o); text(t, first) != text(t, again) {
				t.Errorf("second run differs:\n%s\n%s", text(t, first), text(t, again))
			}
			if len(first.Errors) == 0 || !strings.Contains(first.Errors[0].Error(), tt.want) {
				t.Errorf("errors %v, want %q", first.Errors, tt.want)
			}
			if len(first.Notes) > 0 {
				t.Errorf("notes %v", first.Notes)
			}
			got := strings.Join(messages(first), "\n")
			if tt.lost != "" && strings.Contains(got, tt.lost+": ") {
				t.Errorf("analyzed in spite of errors: %s", got)
			}
			if !strings.Contains(got, "a.go: Do") {
				t.Errorf("a is lost: %s", got)
			}
		})
	}
}

func TestPanicIsANote(t *testing.T) {
	bad := &analysis.Analyzer{
		Name: "bad",
		Doc:  "panics",
		Run: func(pass *analysis.Pass) (any, error) {
			if pass.Pkg.Path() == "example.com/app/b" {
				panic("oops")
			}
			return nil, nil
		},
	}
	o := options(write(t, app), Units, t.TempDir())
	o.Analyzers = append(o.Analyzers, bad)
	for range 2 { // the second time it must not come from the cache
		res := mustRun(t, o)
		if len(res.Notes) != 1 || !strings.Contains(res.Notes[0], "example.com/app/b: bad: panic: oops (") {
			t.Errorf("notes %q", res.Notes)
		}
		if len(res.Diagnostics) != 5 {
			t.Errorf("diagnostics %q", messages(res))
		}
	}
}

func TestCgo(t *testing.T) {
	if out, err := exec.Command("go", "env", "CGO_ENABLED").Output(); err != nil || strings.TrimSpace(string(out)) != "1" {
		t.Skip("no cgo")
	}
	dir := write(t, app)
	put(t, filepath.Join(dir, "b", "cgo.go"), `package b

// static int one(void) { return 1; }
import "C"
import "example.com/app/a"

func WithC(s *a.Store) { if C.one() == 1 { s.Do() } }
`)
	res := mustRun(t, options(dir, Units, t.TempDir()))
	if len(res.Errors)+len(res.Notes) > 0 {
		t.Errorf("errors %v, notes %v", res.Errors, res.Notes)
	}
	i := slices.IndexFunc(res.Diagnostics, func(d Diagnostic) bool { return strings.HasPrefix(d.Message, "WithC ") })
	if i < 0 {
		t.Fatalf("got %q", messages(res))
	}
	d := res.Diagnostics[i]
	if d.Pos.File != filepath.Join(dir, "b", "cgo.go") || d.Pos.Line != 7 || len(d.Fixes) != 0 {
		t.Errorf("got %+v; want line 7 of the file as written, and no edits of what cgo made of it", d)
	}
}

func TestWorkspaceAndVendor(t *testing.T) {
	dir := write(t, app)
	o := options(dir, Units, t.TempDir())
	want := messages(mustRun(t, o))
	o.Env = append(os.Environ(), "GOFLAGS=", "GOPROXY=off", "GOTOOLCHAIN=local")
	cmd := exec.Command("go", "mod", "vendor")
	cmd.Dir, cmd.Env = dir, append(o.Env, "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got := messages(mustRun(t, o)); !slices.Equal(got, want) {
		t.Errorf("vendored: got %q, want %q", got, want)
	}
	edit(t, filepath.Join(dir, "vendor/example.com/wrap/wrap.go"), `w.Query("")`, "")
	if got := mustRun(t, o); len(got.Diagnostics) != 0 {
		t.Errorf("after an edit of what is vendored: %q", messages(got))
	}
	if err := os.RemoveAll(filepath.Join(dir, "vendor")); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(filepath.Dir(dir), "go.work"), "go 1.24\nuse (\n\t./app\n\t./wrap\n\t./drv\n)\n")
	want = slices.Concat(want, []string{"wrap.go: Run calls a driver over 1 calls; imports: "})
	o.Patterns = []string{"./...", "../wrap/..."}
	if got := messages(mustRun(t, o)); !slices.Equal(got, want) {
		t.Errorf("workspace: got %q, want %q", got, want)
	}
}

func TestBadPattern(t *testing.T) {
	o := options(write(t, app), Off, "")
	o.Patterns = []string{"./gone"}
	res, err := Run(context.Background(), o)
	if err == nil && len(res.Errors) == 0 {
		t.Errorf("no error: %+v", res)
	}
	o.Patterns = nil
	o.Dir = filepath.Join(t.TempDir(), "gone")
	if _, err := Run(context.Background(), o); err == nil {
		t.Error("no error for a directory that is not there")
	}
}

func TestProgress(t *testing.T) {
	o := options(write(t, app), Off, "")
	var got []string
	o.Progress = func(done, total int) { got = append(got, fmt.Sprint(done, "/", total)) }
	mustRun(t, o)
	if want := []string{"1/5", "2/5", "3/5", "4/5", "5/5"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
