package passes_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/printer"
	"go/token"
	"go/types"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/lifecycle"
	"github.com/connlint/connlint/internal/load"
	"github.com/connlint/connlint/internal/load/unit"
	"github.com/connlint/connlint/internal/ssafunc"
	"github.com/connlint/connlint/passes"
)

// thorough reports whether the tests go over everything, which takes minutes, and not
// over a sample:
//
//	CONNLINT_ROBUST=1 go test -timeout 30m ./passes ./cmd/connlint ./internal/lifecycle
func thorough() bool { return os.Getenv("CONNLINT_ROBUST") != "" }

// notes reports the functions that the engine could not analyze. They are no findings,
// and are silent elsewhere.
var notes = &analysis.Analyzer{
	Name:     "notes",
	Doc:      "report what the engine could not analyze",
	Requires: []*analysis.Analyzer{lifecycle.Analyzer},
	Run: func(pass *analysis.Pass) (any, error) {
		for _, note := range pass.ResultOf[lifecycle.Analyzer].(*lifecycle.Result).Notes {
			pass.ReportRangef(pass.Files[0].Name, "%s", note)
		}
		return nil, nil
	},
}

// suite is the rules and notes.
var suite = append(slices.Clone(passes.All), notes)

// everything is a catalog with which nearly every package can reach a resource, and the
// standard library is full of them.
const everything = `
package unsafe
package internal/goarch
package internal/cpu
package errors

type os.File conn
acquire os.Open 0 conn
acquire os.Create 0 conn
acquire os.OpenFile 0 conn
release (*os.File).Close conn

type net.Conn conn
acquire net.Dial 0 conn
acquire (*net.Dialer).DialContext 0 conn
acquire (net.Listener).Accept 0 conn
release (net.Conn).Close conn

type bufio.Scanner rows
acquire bufio.NewScanner 0 rows
exhaust (*bufio.Scanner).Scan rows
check (*bufio.Scanner).Err rows

type time.Timer stmt
acquire time.NewTimer 0 stmt
release (*time.Timer).Stop stmt

type bytes.Buffer stmt
acquire bytes.NewBuffer 0 stmt
release (*bytes.Buffer).Reset stmt

type io.PipeReader tx
acquire io.Pipe 0 tx
release (*io.PipeReader).Close tx end=rollback
release (*io.PipeReader).CloseWithError tx end=commit
`

// mostMemory is what the tests may need at the most, in bytes: all of the standard
// library at once, twice.
const mostMemory = 4 << 30

// runTwice analyzes the packages twice and wants the same bytes, no notes, and no
// errors in what compiles.
func runTwice(t *testing.T, o load.Options) *load.Result {
	t.Helper()
	o.Analyzers = suite
	o.Cache = load.Off
	var first *load.Result
	var text []byte
	for range 2 {
		res, err := load.Run(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		for _, note := range res.Notes {
			t.Error(note)
		}
		for _, d := range res.Diagnostics {
			if d.Analyzer == notes.Name {
				t.Error(d.Message)
			}
			if !d.Pos.IsValid() {
				t.Errorf("%s without a position: %s", d.Analyzer, d.Message)
			}
		}
		now, err := json.Marshal(res)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first, text = res, now
		} else if !bytes.Equal(text, now) {
			t.Errorf("another run says something else: %d and %d bytes", len(text), len(now))
		}
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	t.Logf("%d packages, %d units analyzed, %d diagnostics; %d MB of memory", first.Packages, first.Analyzed, len(first.Diagnostics), memory.Sys>>20)
	if memory.Sys > mostMemory {
		t.Errorf("%d MB of memory, want %d at most", memory.Sys>>20, mostMemory>>20)
	}
	return first
}

func TestRobustStandardLibrary(t *testing.T) {
	if testing.Short() {
		t.Skip("loads packages")
	}
	cat, err := catalog.New([]catalog.Source{{Name: "everything", Text: everything}})
	if err != nil {
		t.Fatal(err)
	}
	if err := ssafunc.Analyzer.Flags.Set("catalog", everything); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ssafunc.Analyzer.Flags.Set("catalog", "") })
	patterns := []string{"database/sql", "internal/fuzz", "mime", "os", "time"}
	if thorough() {
		patterns = []string{"std"}
	}
	res := runTwice(t, load.Options{Dir: goroot(t), Patterns: patterns, Catalog: cat, Tests: thorough()})
	if len(res.Errors) > 0 {
		t.Errorf("errors: %v", res.Errors)
	}
	if len(res.Diagnostics) < 3 {
		t.Errorf("only %d diagnostics: is the catalog in use?", len(res.Diagnostics))
	}
}

// TestRobustDependencies goes over all packages of the module cache that the specimens
// or connlint itself import, with their tests: the drivers, and what they import.
func TestRobustDependencies(t *testing.T) {
	if !thorough() {
		t.Skip("set CONNLINT_ROBUST=1")
	}
	for _, dir := range []string{"../testdata", ".."} {
		if res := runTwice(t, load.Options{Dir: dir, Patterns: []string{"all"}, Tests: true}); res.Packages < 100 {
			t.Errorf("%s: only %d packages", dir, res.Packages)
		}
	}
}

// TestRobustTruncation cuts the files of the specimens off at random places. That is an
// error of each package, and nothing worse.
func TestRobustTruncation(t *testing.T) {
	if testing.Short() {
		t.Skip("loads packages")
	}
	rounds := 1
	if thorough() {
		rounds = 5
	}
	for seed := range rounds {
		r := rand.New(rand.NewPCG(uint64(seed), 0))
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS("../testdata")); err != nil {
			t.Fatal(err)
		}
		cut := truncate(t, dir, r)
		res := runTwice(t, load.Options{Dir: dir, Patterns: []string{"./..."}})
		wrong := map[string]bool{}
		for _, e := range res.Errors {
			wrong[filepath.Dir(e.Pos.File)] = true
		}
		for _, name := range cut {
			if !wrong[filepath.Dir(name)] {
				t.Errorf("round %d: %s is cut off, but there is no error", seed, name)
			}
		}
	}
}

// truncate cuts off the files below dir, each inside its last function, and returns
// their names.
func truncate(t *testing.T, dir string, r *rand.Rand) []string {
	names, err := filepath.Glob(filepath.Join(dir, "*", "*", "*.go"))
	if err != nil || len(names) < 100 {
		t.Fatalf("%d specimens, %v", len(names), err)
	}
	var cut []string
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
		if err != nil || strings.HasSuffix(name, "_test.go") {
			continue
		}
		// Not at a place where the file would end well.
		fn := slices.IndexFunc(file.Decls, func(d ast.Decl) bool { f, ok := d.(*ast.FuncDecl); return ok && f.Body != nil })
		if fn < 0 {
			continue
		}
		body := file.Decls[fn+r.IntN(len(file.Decls)-fn)]
		start, end := int(body.Pos()-file.FileStart), int(body.End()-file.FileStart)
		if f, ok := body.(*ast.FuncDecl); !ok || f.Body == nil {
			continue
		} else {
			start = int(f.Body.Lbrace-file.FileStart) + 1
		}
		if err := os.WriteFile(name, text[:start+r.IntN(end-start)], 0o666); err != nil {
			t.Fatal(err)
		}
		cut = append(cut, name)
	}
	return cut
}

func goroot(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "src")
}

// TestRobustOddPrograms holds a resource through the functions of Go's own tests of its
// compilers: a query at the beginning of each, and Next, Close and defers between their
// statements.
func TestRobustOddPrograms(t *testing.T) {
	if testing.Short() {
		t.Skip("loads the standard library")
	}
	names, err := filepath.Glob(filepath.Join(goroot(t), "..", "test", "*.go"))
	if err != nil || len(names) == 0 {
		t.Skip("this installation of Go has no test directory")
	}
	registry, err := unit.NewRegistry(suite)
	if err != nil {
		t.Fatal(err)
	}
	o := &oddPrograms{fset: token.NewFileSet(), registry: registry}
	o.std = importer.ForCompiler(o.fset, "source", nil)
	step := 8
	if thorough() {
		step = 1
	}
	for i := 0; i < len(names); i += step {
		for seed := range uint64(2) {
			first := o.analyze(t, names[i], seed)
			if second := o.analyze(t, names[i], seed); first != second {
				t.Errorf("%s: another run says\n%s\nnot\n%s", names[i], second, first)
			}
		}
	}
	t.Logf("%d programs of %d compile, %d diagnostics", o.compiled/4, (len(names)+step-1)/step, o.diagnostics/2)
	if o.compiled/4 < len(names)/step/3 {
		t.Error("too few programs compile")
	}
}

type oddPrograms struct {
	fset                  *token.FileSet
	std                   types.Importer
	registry              *unit.Registry
	compiled, diagnostics int
}

// analyze returns what the suite says of a program with resources in it.
func (o *oddPrograms) analyze(t *testing.T, name string, seed uint64) string {
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		return "" // wrong on purpose
	}
	src := hold(file, rand.New(rand.NewPCG(seed, 1)))
	file, err = parser.ParseFile(o.fset, filepath.Base(name), src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatalf("%s: %v in\n%s", name, err, src)
	}
	var errs []types.Error
	conf := types.Config{Importer: o.std, GoVersion: "go1.26", Error: func(err error) { errs = append(errs, err.(types.Error)) }}
	info := unit.NewInfo([]*ast.File{file})
	pkg, err := conf.Check("p", o.fset, []*ast.File{file}, info)
	if err == nil {
		o.compiled++
	}
	out := unit.Run(unit.Input{
		Registry: o.registry, Fset: o.fset, Files: []*ast.File{file}, Pkg: pkg, Info: info,
		Sizes: types.SizesFor("gc", "amd64"), TypeErrors: errs,
		FactsOf: func(*types.Package) (*unit.PackageFacts, bool) { return nil, false },
	})
	for _, note := range out.Notes {
		t.Errorf("%s, seed %d: %s", name, seed, note)
	}
	var text strings.Builder
	for _, d := range out.Diagnostics {
		if d.Analyzer == notes.Name {
			t.Errorf("%s, seed %d: %s", name, seed, d.Message)
		}
		o.diagnostics++
		fmt.Fprintf(&text, "%v %s %s\n", d.Pos, d.Analyzer, d.Message)
	}
	return text.String()
}

// hold puts a query at the beginning of each function with a body, and what is done
// with its rows between the statements, at random.
func hold(file *ast.File, r *rand.Rand) []byte {
	imp := &ast.GenDecl{Tok: token.IMPORT, Specs: []ast.Spec{&ast.ImportSpec{
		Name: ast.NewIdent("connsql"), Path: &ast.BasicLit{Kind: token.STRING, Value: `"database/sql"`},
	}}}
	file.Comments = nil // they would end up inside what is put in
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			if b, ok := n.(*ast.BlockStmt); ok && !clauses(b) {
				b.List = between(b.List, r)
			}
			return true
		})
		fn.Body.List = append(statements("connrows, connerr := conndb.Query(``); if connerr != nil { panic(connerr) }; _ = connrows"), fn.Body.List...)
	}
	file.Decls = append([]ast.Decl{imp}, file.Decls...)
	var b bytes.Buffer
	printer.Fprint(&b, token.NewFileSet(), file)
	b.WriteString("\n\nvar conndb *connsql.DB\n")
	return b.Bytes()
}

// clauses reports whether b is the body of a switch or select.
func clauses(b *ast.BlockStmt) bool {
	if len(b.List) == 0 {
		return false
	}
	switch b.List[0].(type) {
	case *ast.CaseClause, *ast.CommClause:
		return true
	}
	return false
}

func between(list []ast.Stmt, r *rand.Rand) []ast.Stmt {
	uses := []string{
		"connrows.Close()", "defer connrows.Close()", "for connrows.Next() {}", "if connrows.Next() { connrows.Close() }",
		"defer func() { if connerr != nil { connrows.Close() } }()", "if connerr = connrows.Err(); connerr != nil { panic(connerr) }",
		"connrows, connerr = conndb.Query(``)", "func() { connrows.Close() }()", "go connrows.Close()",
	}
	var out []ast.Stmt
	for _, s := range list {
		if r.IntN(6) == 0 {
			out = append(out, statements(uses[r.IntN(len(uses))])...)
		}
		out = append(out, s)
	}
	return out
}

// statements parses Go statements.
func statements(src string) []ast.Stmt {
	expr, err := parser.ParseExpr("func() { " + src + " }")
	if err != nil {
		panic(err)
	}
	return expr.(*ast.FuncLit).Body.List
}
