package load

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A testModule is a module that the test edits at random. Packages import only those
// of a lower number.
type testModule struct {
	pkgs      []*testPackage
	goVersion string
	comment   int  // in go.mod
	vendorish bool // wrap runs its query
	replaced  bool // wrap comes from another directory, where it does

}

type testPackage struct {
	name     string
	funcs    []*testFunc
	file     string // name of the first file
	second   bool   // there is a second file
	tag      string // build constraint of the second file
	test     bool
	more     string // a second file of tests inside: "", "alone", or "needs" the first
	external bool
	inside   bool   // the external test uses what the tests inside declare
	broken   string // "", "type", "syntax", "import", "unused"
	brokenIn string // the same of the tests inside
	brokenEx string // and of the external test
	imports  string // a further import of the first file
	field    string // type of a field of the exported struct
	embed    bool
	lines    int // comment lines on top
}

type testFunc struct {
	name   string
	params int
	calls  []string // statements without their package's import
	body   int
}

func newProgram(r *rand.Rand) *testModule {
	p := &testModule{goVersion: "1.24", vendorish: true}
	for i := range 5 {
		p.pkgs = append(p.pkgs, newPackage(r, i))
	}
	return p
}

func newPackage(r *rand.Rand, i int) *testPackage {
	pkg := &testPackage{name: fmt.Sprintf("p%d", i), file: "one.go", field: "int", test: r.IntN(2) == 0, external: r.IntN(2) == 0}
	for j := range 3 {
		pkg.funcs = append(pkg.funcs, &testFunc{name: fmt.Sprintf("F%d", j), params: 1, calls: someCalls(r, i)})
	}
	return pkg
}

// someCalls returns calls that a function of package i may make.
func someCalls(r *rand.Rand, i int) []string {
	var out []string
	for range r.IntN(3) {
		switch to := r.IntN(i + 2); {
		case to < i:
			out = append(out, fmt.Sprintf("p%d.F%d", to, r.IntN(3)))
		case to == i:
			out = append(out, "wrap.Run")
		default:
			out = append(out, "drv.Open")
		}
	}
	return out
}

// mutate changes one thing and returns what.
func (p *testModule) mutate(r *rand.Rand) string {
	pkg := p.pkgs[r.IntN(len(p.pkgs))]
	fn := pkg.funcs[r.IntN(len(pkg.funcs))]
	index, _ := strconv.Atoi(pkg.name[1:])
	for _, other := range p.pkgs {
		for _, broken := range []*string{&other.broken, &other.brokenIn, &other.brokenEx} {
			if *broken != "" && r.IntN(3) == 0 {
				*broken = ""
				return "mended " + other.name
			}
		}
	}
	switch r.IntN(28) {
	case 0, 1, 2, 3:
		fn.body++
		return "body of " + pkg.name + "." + fn.name
	case 4, 5:
		fn.calls = someCalls(r, index)
		return "calls of " + pkg.name + "." + fn.name
	case 6:
		fn.params = 1 + r.IntN(2)
		return "signature of " + pkg.name + "." + fn.name
	case 7:
		pkg.second = !pkg.second
		return "second file of " + pkg.name
	case 8:
		pkg.tag = []string{"", "tagged", "!tagged", "windows"}[r.IntN(4)]
		return "constraint of " + pkg.name + ": " + pkg.tag
	case 9:
		pkg.test = !pkg.test
		return "test of " + pkg.name
	case 10:
		pkg.external = !pkg.external
		return "external test of " + pkg.name
	case 11, 12:
		pkg.broken = someBroken(r)
		return "broken " + pkg.name + ": " + pkg.broken
	case 13:
		pkg.file = []string{"one.go", "eins.go"}[r.IntN(2)]
		return "name of the file of " + pkg.name
	case 14:
		pkg.imports = []string{"", "example.com/drv", "example.com/wrap"}[r.IntN(3)]
		return "import of " + pkg.name + ": " + pkg.imports
	case 15:
		pkg.field = []string{"int", "string", "*wrap.W"}[r.IntN(3)]
		return "field of " + pkg.name + ": " + pkg.field
	case 16:
		pkg.lines = r.IntN(3)
		return "lines of " + pkg.name
	case 17:
		pkg.embed = !pkg.embed
		return "embedded file of " + pkg.name
	case 18:
		p.vendorish = !p.vendorish
		return "body of the dependency"
	case 19:
		if r.IntN(2) == 0 {
			p.comment++
			return "comment of go.mod"
		}
		p.goVersion = []string{"1.24", "1.23", "1.21"}[r.IntN(3)]
		return "go version " + p.goVersion
	case 20:
		if len(p.pkgs) > 5 {
			p.pkgs = p.pkgs[:5]
			return "a package less"
		}
		p.pkgs = append(p.pkgs, newPackage(r, 5))
		return "a package more"
	case 21, 22:
		p.replaced = !p.replaced
		return "another directory for the dependency"
	case 23, 24:
		pkg.test, pkg.brokenIn = true, someBroken(r)
		return "broken test of " + pkg.name + ": " + pkg.brokenIn
	case 25:
		pkg.external, pkg.brokenEx = true, someBroken(r)
		return "broken external test of " + pkg.name + ": " + pkg.brokenEx
	case 26:
		pkg.more = []string{"", "alone", "needs"}[r.IntN(3)]
		pkg.inside = !pkg.inside
		return "more tests of " + pkg.name + ": " + pkg.more
	}
	return "nothing"
}

func someBroken(r *rand.Rand) string {
	return []string{"", "", "type", "syntax", "import", "unused"}[r.IntN(6)]
}

// brokenImport and brokenDecl return what makes a file wrong.

func brokenImport(broken string) string {
	if broken == "import" {
		return "import _ \"example.com/app/gone\"\n"
	}
	return ""
}

func brokenDecl(broken string) string {
	switch broken {
	case "type":
		return "var _ int = \"\"\n"
	case "syntax":
		return "func {\n"
	case "unused":
		return "func unused() { x := 1 }\n"
	}
	return ""
}

// files renders the program.
func (p *testModule) files() map[string]string {
	wrap := "wrap"
	if p.replaced {
		wrap = "wrap2"
	}
	out := map[string]string{
		"drv/go.mod":  "module example.com/drv\ngo 1.24\n",
		"drv/drv.go":  "package drv\n\ntype DB struct{ dsn string }\nfunc Open(int) {}\nfunc (db *DB) Query(q string) {}\n",
		"wrap/go.mod": "module example.com/wrap\ngo 1.24\nrequire example.com/drv v0.0.0\n",
		"app/go.mod": fmt.Sprintf(`module example.com/app
go %s
// %d
require (
	example.com/drv v0.0.0
	example.com/wrap v0.0.0
)
replace (
	example.com/drv => ../drv
	example.com/wrap => ../%s
)
`, p.goVersion, p.comment, wrap),
		"wrap2/go.mod": "module example.com/wrap\ngo 1.24\nrequire example.com/drv v0.0.0\n",
	}
	body := ""
	if p.vendorish {
		body = `w.Query("")`
	}
	const always = "package wrap\n\nimport \"example.com/drv\"\n\ntype W struct{ *drv.DB }\n\nfunc (w *W) Do() { w.Query(\"\") }\nfunc Run(n int) { drv.Open(n); new(W).Do() }\n"
	out["wrap2/wrap.go"] = always
	out["wrap/wrap.go"] = "package wrap\n\nimport \"example.com/drv\"\n\ntype W struct{ *drv.DB }\n\nfunc (w *W) Do() { " + body + " }\nfunc Run(n int) { new(W).Do() }\n"
	for _, pkg := range p.pkgs {
		pkg.render(p, out)
	}
	return out
}

func (pkg *testPackage) render(p *testModule, out map[string]string) {
	dir := "app/" + pkg.name + "/"
	var body strings.Builder
	used := map[string]bool{}
	for _, fn := range pkg.funcs {
		fmt.Fprintf(&body, "func %s(%s) {\n\t_ = %d\n", fn.name, strings.Join([]string{"a int", "b int"}[:fn.params], ", "), fn.body)
		for _, call := range fn.calls {
			to, name, _ := strings.Cut(call, ".")
			args := "0"
			for _, other := range p.pkgs {
				for _, f := range other.funcs {
					if other.name == to && f.name == name && f.params == 2 {
						args = "0, 0"
					}
				}
			}
			used[to] = true
			fmt.Fprintf(&body, "\t%s(%s)\n", call, args)
		}
		body.WriteString("}\n\n")
	}
	fmt.Fprintf(&body, "type T struct{ f %s }\n\nfunc (t *T) M() { F0(%s) }\n", pkg.field, args(pkg.funcs[0]))
	if strings.Contains(pkg.field, "wrap.") {
		used["wrap"] = true
	}
	body.WriteString(brokenDecl(pkg.broken))
	var head strings.Builder
	head.WriteString(strings.Repeat("// a line\n", pkg.lines))
	fmt.Fprintf(&head, "\npackage %s\n\n", pkg.name)
	names := []string{}
	for name := range used {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		path := "example.com/" + name
		if name[0] == 'p' {
			path = "example.com/app/" + name
		}
		fmt.Fprintf(&head, "import %q\n", path)
	}
	if pkg.imports != "" {
		fmt.Fprintf(&head, "import _ %q\n", pkg.imports)
	}
	head.WriteString(brokenImport(pkg.broken))
	if pkg.embed {
		out[dir+"x.txt"] = "x"
		head.WriteString("import _ \"embed\"\n\n//go:embed x.txt\nvar X string\n\n")
	}
	out[dir+pkg.file] = head.String() + body.String()
	if pkg.second {
		constraint := ""
		if pkg.tag != "" {
			constraint = "//go:build " + pkg.tag + "\n\n"
		}
		out[dir+"two.go"] = constraint + "package " + pkg.name + "\n\nfunc Second() { new(T).M() }\n"
	}
	if pkg.test {
		out[dir+"in_test.go"] = "package " + pkg.name + "\n\n" + brokenImport(pkg.brokenIn) + "\nvar Inside = new(T)\n\nfunc (t *T) In() {}\n\nfunc inTest() { new(T).M() }\n" + brokenDecl(pkg.brokenIn)
	}
	switch pkg.more {
	case "alone":
		out[dir+"more_test.go"] = "package " + pkg.name + "\n\nfunc (t *T) More() { t.M() }\n\nfunc more() { new(T).More() }\n"
	case "needs":
		out[dir+"more_test.go"] = "package " + pkg.name + "\n\nfunc more() { inTest() }\n"
	}
	if pkg.external {
		use := ""
		switch {
		case pkg.inside && pkg.test && pkg.more == "alone":
			use = "func uses() { p.Inside.More() }\n"
		case pkg.inside && pkg.test:
			use = "func uses() { p.Inside.M() }\n"
		}
		out[dir+"ex_test.go"] = "package " + pkg.name + "_test\n\nimport p \"example.com/app/" + pkg.name + "\"\n" + brokenImport(pkg.brokenEx) + "\nfunc outside() { new(p.T).M() }\n" + use + brokenDecl(pkg.brokenEx)
	}
}

func args(f *testFunc) string { return strings.Join([]string{"0", "0"}[:f.params], ", ") }

// sync makes the tree below dir that of files. Sometimes it gives files an odd time,
// or replaces them as editors do.
func syncFiles(t *testing.T, r *rand.Rand, dir string, files, before map[string]string) {
	t.Helper()
	for name := range before {
		if _, ok := files[name]; !ok {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
			os.Remove(filepath.Dir(filepath.Join(dir, name))) // if empty
		}
	}
	for name, content := range files {
		if before[name] == content {
			continue
		}
		full := filepath.Join(dir, name)
		old, err := os.Stat(full)
		switch {
		case err == nil && r.IntN(3) == 0:
			put(t, full+".tmp", content)
			if err := os.Rename(full+".tmp", full); err != nil {
				t.Fatal(err)
			}
		default:
			put(t, full, content)
		}
		when := time.Now()
		switch r.IntN(4) {
		case 0:
			when = when.Add(time.Hour)
		case 1:
			when = when.Add(-time.Hour)
		case 2:
			if old != nil {
				when = old.ModTime()
			}
		default:
			continue
		}
		if err := os.Chtimes(full, when, when); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLevelsAgree edits a module at random: every level must give what Off gives, and
// tests, right or wrong, must take nothing from what there is without them.
// CONNLINT_EDITS is the number of edits, CONNLINT_SEED where to begin.
func TestLevelsAgree(t *testing.T) {
	edits, seed := 30, uint64(time.Now().UnixNano())
	if testing.Short() {
		edits = 8
	}
	if n, err := strconv.Atoi(os.Getenv("CONNLINT_EDITS")); err == nil {
		edits = n
	}
	if n, err := strconv.ParseUint(os.Getenv("CONNLINT_SEED"), 10, 64); err == nil {
		seed = n
	}
	t.Logf("CONNLINT_SEED=%d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p := newProgram(r)
	before := map[string]string{}
	caches := map[Level]string{Units: t.TempDir(), Graph: t.TempDir(), Full: t.TempDir()}
	var history []string
	replayed, reused := 0, 0
	for range edits {
		what := ""
		for range 1 + r.IntN(2) {
			what += p.mutate(r) + "; "
		}
		history = append(history, what)
		files := p.files()
		syncFiles(t, r, dir, files, before)
		before = files
		if r.IntN(3) == 0 {
			time.Sleep(30 * time.Millisecond) // so that the run may trust what it sees
		}
		o := options(filepath.Join(dir, "app"), Off, "")
		if r.IntN(8) == 0 {
			o.BuildFlags = []string{"-tags=tagged"}
		}
		want := mustRun(t, o)
		without := o
		without.Tests = false
		for _, d := range mustRun(t, without).Diagnostics {
			if !slices.ContainsFunc(want.Diagnostics, func(w Diagnostic) bool { return w.Compare(&d) == 0 }) {
				t.Fatalf("after %s: lost with tests: %+v\nhistory:\n%s", what, d, strings.Join(history, "\n"))
			}
		}
		for _, level := range []Level{Units, Graph, Full} {
			o.Cache, o.CacheDir = level, caches[level]
			for range 2 { // the second time nothing has changed
				got := mustRun(t, o)
				if text(t, got) != text(t, want) {
					t.Fatalf("level %v after %s:\ngot\n%s\nwant\n%s\nhistory:\n%s", level, what, text(t, got), text(t, want), strings.Join(history, "\n"))
				}
				if got.Reused >= Graph {
					reused++
				}
				if got.Reused == Full {
					replayed++
				}
			}
		}
	}
	t.Logf("%d edits, graph reused %d times, result %d times", edits, reused, replayed)
	if edits >= 30 && (reused == 0 || replayed == 0) {
		t.Errorf("graph reused %d times, result %d times: the test tests nothing", reused, replayed)
	}
}
