package main_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"github.com/connlint/connlint/internal/load"
	"github.com/connlint/connlint/passes"
)

// A found is a diagnostic as every driver tells it.
type found struct {
	Place   string // file:line:col, the file below the module
	Rule    string
	Message string
}

// TestCorpus analyzes the specimens of all rules in the three ways that connlint comes:
// its own driver, go vet, and whoever takes analyzers, as analysistest and golangci-lint
// do. The diagnostics are the same. With CONNLINT_ROBUST=1 also where every switch of the
// rules is on.
func TestCorpus(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the drivers")
	}
	dir, err := filepath.EvalSymlinks(must(filepath.Abs("../../testdata"))(t))
	if err != nil {
		t.Fatal(err)
	}
	tool := vetTool(t)
	pkgs := loadCorpus(t, dir)
	for _, on := range []bool{false, true} {
		if on && os.Getenv("CONNLINT_ROBUST") == "" {
			break
		}
		t.Run("switches="+strconv.FormatBool(on), func(t *testing.T) {
			switches := setSwitches(t, on)
			want := standalone(t, dir)
			if len(want) < 200 {
				t.Errorf("only %d diagnostics", len(want))
			}
			same(t, "checker.Analyze", checked(t, dir, pkgs), want)
			same(t, "go vet", vetted(t, dir, tool, switches), want)
		})
	}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// setSwitches sets the boolean flags of the rules and returns them for a command line.
func setSwitches(t *testing.T, on bool) []string {
	var args []string
	for _, a := range passes.All {
		a.Flags.VisitAll(func(f *flag.Flag) {
			b, ok := f.Value.(interface{ IsBoolFlag() bool })
			if !ok || !b.IsBoolFlag() {
				return
			}
			old := f.Value.String()
			if err := f.Value.Set(strconv.FormatBool(on)); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { f.Value.Set(old) })
			args = append(args, fmt.Sprintf("-%s.%s=%t", a.Name, f.Name, on))
		})
	}
	if len(args) == 0 {
		t.Error("no rule has a switch")
	}
	return args
}

// same reports in what the diagnostics of a driver are others than those of connlint.
func same(t *testing.T, driver string, got, want []found) {
	t.Helper()
	for _, f := range got {
		if !slices.Contains(want, f) {
			t.Errorf("only %s: %s: %s (%s)", driver, f.Place, f.Message, f.Rule)
		}
	}
	for _, f := range want {
		if !slices.Contains(got, f) {
			t.Errorf("not %s: %s: %s (%s)", driver, f.Place, f.Message, f.Rule)
		}
	}
}

func standalone(t *testing.T, dir string) []found {
	res, err := load.Run(t.Context(), load.Options{Dir: dir, Patterns: []string{"./..."}, Tests: true, Analyzers: passes.All})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Errors)+len(res.Notes) > 0 {
		t.Errorf("errors %v, notes %v", res.Errors, res.Notes)
	}
	var out []found
	for _, d := range res.Diagnostics {
		out = append(out, found{place(dir, d.Pos.File, d.Pos.Line, d.Pos.Col), d.Analyzer, d.Message})
	}
	return sorted(out)
}

func loadCorpus(t *testing.T, dir string) []*packages.Package {
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadAllSyntax, Dir: dir, Tests: true}, "./...")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pkgs {
		for _, err := range p.Errors {
			t.Error(err)
		}
	}
	return pkgs
}

func checked(t *testing.T, dir string, pkgs []*packages.Package) []found {
	graph, err := checker.Analyze(passes.All, pkgs, &checker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var out []found
	for _, act := range graph.Roots {
		if act.Err != nil {
			t.Errorf("%v: %v", act, act.Err)
		}
		for _, d := range act.Diagnostics {
			at := act.Package.Fset.Position(d.Pos)
			out = append(out, found{place(dir, at.Filename, at.Line, at.Column), act.Analyzer.Name, d.Message})
		}
	}
	return sorted(out)
}

// vetTool returns a file with this program under the name connlint, as which it is the
// command.
func vetTool(t *testing.T) string {
	exe := must(os.Executable())(t)
	name := filepath.Join(t.TempDir(), "connlint")
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if os.Link(exe, name) == nil {
		return name
	}
	src := must(os.Open(exe))(t)
	defer src.Close()
	dst := must(os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o777))(t)
	if _, err := io.Copy(dst, src); err != nil {
		t.Fatal(err)
	}
	if err := dst.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

func vetted(t *testing.T, dir, tool string, switches []string) []found {
	cmd := exec.Command("go", slices.Concat([]string{"vet", "-json", "-vettool=" + tool}, switches, []string{"./..."})...)
	cmd.Dir = dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("go vet: %v\n%s", err, &stderr)
	}
	var out []found
	for dec := json.NewDecoder(io.MultiReader(&stdout, withoutComments(&stderr))); ; {
		var unit map[string]map[string]json.RawMessage // package → rule → diagnostics, or an error
		err := dec.Decode(&unit)
		if err == io.EOF {
			return sorted(out)
		}
		if err != nil {
			t.Fatal(err)
		}
		for pkg, rules := range unit {
			for rule, text := range rules {
				var diags []struct{ Posn, Message string }
				if err := json.Unmarshal(text, &diags); err != nil {
					t.Errorf("%s: %s: %s", pkg, rule, text)
				}
				for _, d := range diags {
					at := strings.TrimPrefix(filepath.ToSlash(d.Posn), filepath.ToSlash(dir)+"/")
					out = append(out, found{at, rule, d.Message})
				}
			}
		}
	}
}

// withoutComments drops the lines with which the go command names packages.
func withoutComments(r io.Reader) io.Reader {
	text, _ := io.ReadAll(r)
	var out bytes.Buffer
	for line := range bytes.Lines(text) {
		if !bytes.HasPrefix(line, []byte("#")) {
			out.Write(line)
		}
	}
	return &out
}

func place(dir, file string, line, col int) string {
	if rel, err := filepath.Rel(dir, file); err == nil {
		file = filepath.ToSlash(rel)
	}
	return fmt.Sprintf("%s:%d:%d", file, line, col)
}

// sorted sorts the diagnostics and drops those that a package and its test variant both
// have.
func sorted(all []found) []found {
	slices.SortFunc(all, func(a, b found) int {
		return cmp.Or(strings.Compare(a.Place, b.Place), strings.Compare(a.Rule, b.Rule), strings.Compare(a.Message, b.Message))
	})
	return slices.Compact(all)
}
