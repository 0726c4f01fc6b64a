package program

import (
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"github.com/connlint/connlint/passes/connclose"
	"github.com/connlint/connlint/passes/rowsclose"
	"github.com/connlint/connlint/passes/stmtclose"
	"github.com/connlint/connlint/passes/txdone"
)

var rules = []*analysis.Analyzer{rowsclose.Analyzer, stmtclose.Analyzer, connclose.Analyzer, txdone.Analyzer}

var fset = token.NewFileSet()

// std is the importer of the few packages that the functions need, from source: loaded once.
var std = sync.OnceValue(func() types.Importer { return importer.ForCompiler(fset, "source", nil) })

// reported returns the lines on which the rules report that something is left open.
func reported(src string) (map[int]string, error) {
	file, err := parser.ParseFile(fset, "p.go", src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Implicits: map[ast.Node]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
		Scopes: map[ast.Node]*types.Scope{}, Instances: map[*ast.Ident]types.Instance{}, FileVersions: map[*ast.File]string{},
	}
	conf := types.Config{Importer: std(), GoVersion: "go1.26"}
	pkg, err := conf.Check("p", fset, []*ast.File{file}, info)
	if err != nil {
		return nil, err
	}
	graph, err := checker.Analyze(rules, []*packages.Package{{
		ID: "p", PkgPath: "p", Name: "p", Fset: fset, Types: pkg, TypesInfo: info, Syntax: []*ast.File{file},
		TypesSizes: types.SizesFor("gc", "amd64"), Imports: map[string]*packages.Package{},
	}}, nil)
	if err != nil {
		return nil, err
	}
	lines := map[int]string{}
	for _, act := range graph.Roots {
		if act.Err != nil {
			return nil, act.Err
		}
		for _, d := range act.Diagnostics {
			if strings.Contains(d.Message, "before its error") || strings.Contains(d.Message, "Commit") || strings.Contains(d.Message, "nil") ||
				strings.Contains(d.Message, "until the transaction ends") {
				continue // another fault
			}
			lines[fset.Position(d.Pos).Line] = d.Message
		}
	}
	return lines, nil
}

// A disagreement is an acquire that is reported and never leaks, or the reverse.
type disagreement struct {
	fn     *Func
	site   int
	leaks  bool
	report string
}

func (d disagreement) String() string {
	src, sites := Source([]*Func{d.fn})
	lines := strings.Split(src, "\n")
	for line, site := range sites {
		if site.Number == d.site {
			lines[line-1] += " // this"
		}
	}
	src = strings.Join(lines, "\n")
	what := fmt.Sprintf("reported, but never happens: %s", d.report)
	if d.leaks {
		what = "leaks, but is not reported"
	}
	return what + "\n" + src[strings.Index(src, "func "+d.fn.Name+"("):]
}

// compare analyzes the functions and returns where the rules are wrong, how many
// functions have few enough paths to be known, and how many acquires were compared.
func compare(funcs []*Func) (wrong []disagreement, known, compared int, err error) {
	var all []*Func
	leaks := map[*Func]map[int]bool{}
	for _, f := range funcs {
		if l, ok := f.Leaks(); ok {
			all = append(all, f)
			leaks[f] = l
		}
	}
	src, sites := Source(all)
	lines, err := reported(src)
	if err != nil {
		return nil, 0, 0, err
	}
	for line, site := range sites {
		leaks, reached := leaks[site.Func][site.Number]
		if !reached {
			continue
		}
		compared++
		if msg, found := lines[line]; found != leaks {
			wrong = append(wrong, disagreement{site.Func, site.Number, leaks, msg})
		}
	}
	slices.SortFunc(wrong, func(a, b disagreement) int { // what is reported wrongly first
		return cmp.Or(strings.Compare(strconv.FormatBool(a.leaks), strconv.FormatBool(b.leaks)), strings.Compare(a.fn.Name, b.fn.Name))
	})
	return wrong, len(all), compared, nil
}

// shrink makes the function of a disagreement as small as it gets.
func (d disagreement) shrink() disagreement {
	var last disagreement
	same := func(f *Func) (ok bool) {
		defer func() {
			if recover() != nil {
				ok = false // it uses what it does not declare
			}
		}()
		wrong, _, _, err := compare([]*Func{f})
		if err != nil {
			return false
		}
		for _, w := range wrong {
			if w.leaks == d.leaks {
				last = w
				return true
			}
		}
		return false
	}
	Shrink(d.fn, same)
	if last.fn == nil {
		return d
	}
	return last
}

// The shares of acquires, in percent, on which the rules have to be right, and may report
// what never happens.
const (
	agreed       = 98.0
	falseReports = 0.5
)

var (
	seed  = flag.Uint64("program.seed", 1, "first of the numbers that choose the functions")
	size  = flag.Int("program.functions", 500, "how many functions to compare")
	shown = flag.Int("program.show", 5, "how many disagreements to print, shrunk")
)

func TestAgreement(t *testing.T) {
	r := rand.New(rand.NewPCG(*seed, 0))
	var funcs []*Func
	for i := range *size {
		funcs = append(funcs, Generate(Name(i), r))
	}
	wrong, known, compared, err := compare(funcs)
	if err != nil {
		t.Fatal(err)
	}
	untrue := 0
	for i, d := range wrong {
		if !d.leaks {
			untrue++
		}
		if i < *shown {
			t.Logf("%v", d.shrink())
		}
	}
	rate := 100 - 100*float64(len(wrong))/float64(compared)
	t.Logf("%d functions, %d with too many paths to tell, %d acquires: %.1f %% agreement, %d reports of what never happens, %d misses\n%s",
		len(funcs), len(funcs)-known, compared, rate, untrue, len(wrong)-untrue, byConstruct(funcs, wrong))
	if compared < *size || rate < agreed || float64(untrue) > falseReports/100*float64(compared) {
		t.Errorf("want %.1f %% agreement over %d acquires, and %.1f %% false reports at most", agreed, *size, falseReports)
	}
}

// byConstruct is a table of how many functions with a construct are judged right.
func byConstruct(funcs []*Func, wrong []disagreement) string {
	bad := map[*Func]bool{}
	for _, d := range wrong {
		bad[d.fn] = true
	}
	with, right := map[string]int{}, map[string]int{}
	for _, f := range funcs {
		for _, c := range f.Constructs() {
			with[c]++
			if !bad[f] {
				right[c]++
			}
		}
	}
	var out strings.Builder
	for _, c := range constructs {
		fmt.Fprintf(&out, "%-24s %5d of %5d functions\n", c, right[c], with[c])
	}
	return out.String()
}

// FuzzAgreement looks for false reports.
func FuzzAgreement(f *testing.F) {
	f.Add(uint64(1), uint64(1))
	f.Fuzz(func(t *testing.T, a, b uint64) {
		wrong, _, _, err := compare([]*Func{Generate("F", rand.New(rand.NewPCG(a, b)))})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range wrong {
			if !d.leaks {
				t.Errorf("%v", d.shrink())
			}
		}
	})
}

// TestLeaks holds the interpreter against what can be seen with the naked eye.
func TestLeaks(t *testing.T) {
	check := &branch{cond: cond{what: "err"}, then: []node{&leave{sig: returns}}}
	v := ref{"v", Kinds[0]}
	tx, conn := ref{"tx", Kinds[3]}, ref{"conn", Kinds[2]}
	open := &acquire{v: v, decl: true}
	deferred := func(c cond) node {
		return &literal{deferred: true, body: []node{&branch{cond: c, then: []node{&closing{v: v}}}}}
	}
	for _, tt := range []struct {
		name string
		body []node
		want bool
	}{
		{"never closed", []node{open, check}, true},
		{"closed", []node{open, check, &closing{v: v}}, false},
		{"deferred", []node{open, check, &closing{v: v, when: "defer"}}, false},
		{"kept", []node{open, check, &use{v: v, how: "keep"}}, false},
		{"closed if a boolean is true", []node{open, check, &use{v: v, how: "maybe"}}, true},
		{"closed if not nil", []node{open, deferred(cond{what: "nil", v: "v"})}, false},
		{"closed on an error only", []node{open, check, deferred(cond{what: "err"})}, true},
		{"read to the end", []node{open, check, &loop{how: "next", v: "v"}}, false},
		{"read until a break", []node{open, check, &loop{how: "next", v: "v", body: []node{&leave{sig: breaks}}}}, true},
		{"one branch", []node{open, check, &branch{then: []node{&closing{v: v}}}}, true},
		{"both branches", []node{open, check, &branch{then: []node{&closing{v: v}}, else_: []node{&closing{v: v}}}}, false},
		{"again in a loop", []node{&loop{body: []node{open, check, &closing{v: v, when: "defer"}}}}, true},
		{"once each turn", []node{&loop{body: []node{open, check, &closing{v: v}}}}, false},
		{"a helper that closes on an error, then closed", []node{open, check, &use{v: v, how: "fails"}, check, &closing{v: v}}, false},
		{"a helper that closes on an error", []node{open, check, &use{v: v, how: "fails"}}, true},
		{"a helper that says so", []node{
			open, check, &use{v: v, how: "done"}, &branch{cond: cond{what: "flag", not: true}, then: []node{&closing{v: v}}},
		}, false},
		{"method value", []node{open, check, &bind{w: "end", v: v}, &callBound{w: "end", deferred: true}}, false},
		{"method value that is not called", []node{open, check, &bind{w: "end", v: v}}, true},
		{"field", []node{open, check, &box{w: "h", v: v}, &closing{v: ref{"h.v", Kinds[0]}, when: "defer", how: "method"}}, false},
		{"goroutine", []node{open, check, &closing{v: v, when: "go"}}, false},
		{"returned", []node{open, check, &leave{sig: returns, nil: true, v: "v"}}, false},
		{"panic and recover", []node{&recovers{}, open, check, &branch{then: []node{&leave{sig: panics}}}, &closing{v: v}}, true},
		{"panic, recover and defer", []node{&recovers{}, open, check, &closing{v: v, when: "defer"}, &leave{sig: panics}}, false},
		{"named result of a literal", []node{
			open, check, &literal{named: true, body: []node{&leave{sig: returns, nil: true}}}, check, &closing{v: v},
		}, false},
		{"continue of the outer loop", []node{&loop{id: 1, body: []node{
			open, check, &loop{id: 2, n: 1, body: []node{&leave{sig: continues, label: 1}}}, &closing{v: v},
		}}}, true},
		{"break of the outer loop", []node{open, check, &loop{id: 1, body: []node{
			&loop{id: 2, n: 1, body: []node{&leave{sig: breaks, label: 1}}}, &leave{sig: returns},
		}}, &closing{v: v}}, true},
		{"goto past the release", []node{open, check, &skip{id: 1, body: []node{
			&branch{then: []node{&leave{sig: jumps, label: 1}}}, &closing{v: v},
		}}}, true},
		{"goto the release", []node{open, check, &skip{id: 1, body: []node{
			&branch{then: []node{&leave{sig: jumps, label: 1}}}, &assign{what: "nil"},
		}}, &closing{v: v}}, false},
		{"rows of a transaction that ends", []node{
			&acquire{v: tx, site: 1, decl: true}, check, &closing{v: tx, when: "defer"}, &acquire{v: v, how: "parent", of: tx, decl: true},
		}, false},
		{"rows of a connection that is closed", []node{
			&acquire{v: conn, site: 1, decl: true}, check, &closing{v: conn, when: "defer"}, &acquire{v: v, how: "parent", of: conn, decl: true},
		}, true},
		{"a select", []node{open, check, &choice{channels: true, arms: [3][]node{{&closing{v: v}}, {&closing{v: v}}, nil}}}, true},
		{"a shadowed error", []node{
			open, check, deferred(cond{what: "err"}),
			&branch{then: []node{&acquire{v: ref{"w", Kinds[0]}, decl: true, site: 1}, &leave{sig: returns, nil: true}}},
			&assign{what: "errOdd"},
		}, true},
	} {
		f := &Func{Name: "F", Kind: Kinds[0], Body: tt.body, Out: true, bools: 1, ints: 2, flags: 1}
		got, ok := f.Leaks()
		if leaks, reached := got[0]; !ok || !reached || leaks != tt.want {
			src, _ := Source([]*Func{f})
			t.Errorf("%s: leaks %t (reached %t, complete %t), want %t\n%s", tt.name, leaks, reached, ok, tt.want, src[strings.Index(src, "func F("):])
		}
	}
}

func TestShrink(t *testing.T) {
	big := Generate("F", rand.New(rand.NewPCG(7, 7)))
	hasAcquire := func(f *Func) bool {
		return slices.ContainsFunc(f.Constructs(), func(c string) bool { return strings.HasPrefix(c, "acquire") })
	}
	if small := Shrink(big, hasAcquire); count(small.Body) != 1 || !hasAcquire(small) {
		t.Errorf("%d statements are left, want the acquire alone", count(small.Body))
	}
}

func TestSameSeedSameFunction(t *testing.T) {
	a, _ := Source([]*Func{Generate("F", rand.New(rand.NewPCG(3, 4)))})
	b, _ := Source([]*Func{Generate("F", rand.New(rand.NewPCG(3, 4)))})
	if a != b {
		t.Errorf("two functions from one seed:\n%s\n%s", a, b)
	}
}
