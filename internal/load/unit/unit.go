// Package unit runs analyzers on one type-checked package, and carries facts from
// one such unit to those that import it. The drivers share it, so that they give
// the same diagnostics.
package unit

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// An Input is a type-checked package with what is known about its imports.
type Input struct {
	Registry     *Registry
	Fset         *token.FileSet
	Files        []*ast.File
	Pkg          *types.Package
	Info         *types.Info
	Sizes        types.Sizes
	TypeErrors   []types.Error // then only analyzers that RunDespiteErrors run
	Module       *analysis.Module
	OtherFiles   []string
	IgnoredFiles []string

	// FactsOf returns the facts about another package, nil if there are none,
	// and whether the unit imports it itself.
	FactsOf func(*types.Package) (facts *PackageFacts, direct bool)
	// FactsOnly: no diagnostics are wanted.
	FactsOnly bool
}

// An Output is what the analyzers said about a unit.
type Output struct {
	Diagnostics []Diagnostic
	Facts       *Facts
	Notes       []string // failures of analyzers
}

// Run runs the analyzers of in.Registry in turn. An analyzer that fails or panics
// is noted; those that require it are skipped.
func Run(in Input) Output {
	r := &runner{
		Input:     in,
		positions: newPositions(in.Fset, in.Files),
		results:   map[*analysis.Analyzer]any{},
		facts:     map[factKey]analysis.Fact{},
	}
	analyzers := in.Registry.all
	if in.FactsOnly {
		analyzers = in.Registry.facts
	}
	for _, a := range analyzers {
		r.analyze(a)
	}
	facts, err := encodeFacts(in.Registry, in.Pkg, r.facts)
	if err != nil {
		r.out.Notes = append(r.out.Notes, err.Error())
	}
	r.out.Facts = facts
	return r.out
}

// A runner is the state of one Run.
type runner struct {
	Input
	positions *positions
	results   map[*analysis.Analyzer]any // of those that did not fail
	facts     map[factKey]analysis.Fact  // that this unit exported
	out       Output
}

func (r *runner) analyze(a *analysis.Analyzer) {
	if len(r.TypeErrors) > 0 && !a.RunDespiteErrors {
		return
	}
	inputs := map[*analysis.Analyzer]any{}
	for _, req := range a.Requires {
		res, ok := r.results[req]
		if !ok {
			return // failed, and noted
		}
		inputs[req] = res
	}
	var reports []analysis.Diagnostic
	pass := r.pass(a, inputs)
	pass.Report = func(d analysis.Diagnostic) { reports = append(reports, d) }
	res, err := protect(pass)
	if err == nil && reflect.TypeOf(res) != a.ResultType {
		err = fmt.Errorf("result is a %T, not a %v", res, a.ResultType)
	}
	if err != nil {
		r.out.Notes = append(r.out.Notes, fmt.Sprintf("%s: %s: %v", r.Pkg.Path(), a.Name, err))
		return
	}
	r.results[a] = res
	if f, ok := res.(interface{ Failures() []string }); ok {
		for _, failure := range f.Failures() {
			r.out.Notes = append(r.out.Notes, fmt.Sprintf("%s: %s", r.Pkg.Path(), failure))
		}
	}
	if r.Registry.roots[a] && !r.FactsOnly {
		for _, d := range reports {
			r.out.Diagnostics = append(r.out.Diagnostics, r.positions.diagnostic(a, r.Pkg.Path(), d))
		}
	}
}

// protect runs the analyzer and turns a panic into an error that says where.
func protect(pass *analysis.Pass) (res any, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v (%s)", v, panicSite())
		}
	}()
	return pass.Analyzer.Run(pass)
}

// panicSite returns the function and line of the innermost frame that is not of
// the runtime; it must be called by the deferred function.
func panicSite() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for {
		f, more := frames.Next()
		if f.Function != "" && !strings.HasPrefix(f.Function, "runtime.") {
			return fmt.Sprintf("%s:%d", f.Function, f.Line)
		}
		if !more {
			return "unknown place"
		}
	}
}

func (r *runner) pass(a *analysis.Analyzer, inputs map[*analysis.Analyzer]any) *analysis.Pass {
	return &analysis.Pass{
		Analyzer:          a,
		Fset:              r.Fset,
		Files:             r.Files,
		OtherFiles:        r.OtherFiles,
		IgnoredFiles:      r.IgnoredFiles,
		Pkg:               r.Pkg,
		TypesInfo:         r.Info,
		TypesSizes:        r.Sizes,
		TypeErrors:        r.TypeErrors,
		Module:            r.Module,
		ResultOf:          inputs,
		ReadFile:          os.ReadFile,
		ImportObjectFact:  r.importObjectFact,
		ExportObjectFact:  r.exportObjectFact,
		AllObjectFacts:    func() []analysis.ObjectFact { return r.allObjectFacts(a) },
		ImportPackageFact: r.importPackageFact,
		ExportPackageFact: func(fact analysis.Fact) { r.facts[factKey{nil, r.factType(fact)}] = fact },
		AllPackageFacts:   func() []analysis.PackageFact { return r.allPackageFacts(a) },
	}
}

func (r *runner) factType(fact analysis.Fact) reflect.Type {
	t := reflect.TypeOf(fact)
	if r.Registry.names[t] == "" {
		panic(fmt.Sprintf("fact type %v is not in FactTypes", t))
	}
	return t
}

func (r *runner) exportObjectFact(obj types.Object, fact analysis.Fact) {
	if obj.Pkg() != r.Pkg {
		panic(fmt.Sprintf("fact %T about %v, an object of another package", fact, obj))
	}
	r.facts[factKey{obj, r.factType(fact)}] = fact
}

func (r *runner) importObjectFact(obj types.Object, ptr analysis.Fact) bool {
	if obj == nil {
		panic("nil object")
	}
	t := r.factType(ptr)
	switch obj.Pkg() {
	case nil:
		return false // of the universe
	case r.Pkg:
		return set(ptr, r.facts[factKey{obj, t}])
	}
	facts, direct := r.FactsOf(obj.Pkg())
	if b, ok := facts.table(t)[obj]; ok && (direct || b.beyond) {
		return set(ptr, b.fact)
	}
	return false
}

func (r *runner) importPackageFact(pkg *types.Package, ptr analysis.Fact) bool {
	if pkg == nil {
		panic("nil package")
	}
	t := r.factType(ptr)
	if pkg == r.Pkg {
		return set(ptr, r.facts[factKey{nil, t}])
	}
	if facts, direct := r.FactsOf(pkg); direct {
		return set(ptr, facts.table(t)[nil].fact)
	}
	return false
}

func set(ptr, fact analysis.Fact) bool {
	if fact == nil {
		return false
	}
	reflect.ValueOf(ptr).Elem().Set(reflect.ValueOf(fact).Elem())
	return true
}

// allObjectFacts returns the facts about objects of the unit and its imports, by
// package and object.
func (r *runner) allObjectFacts(a *analysis.Analyzer) []analysis.ObjectFact {
	var out []analysis.ObjectFact
	for _, f := range a.FactTypes {
		t := reflect.TypeOf(f)
		for _, imp := range r.Pkg.Imports() {
			facts, _ := r.FactsOf(imp)
			for obj, b := range facts.table(t) {
				if obj != nil {
					out = append(out, analysis.ObjectFact{Object: obj, Fact: b.fact})
				}
			}
		}
		for k, fact := range r.facts {
			if k.typ == t && k.obj != nil {
				out = append(out, analysis.ObjectFact{Object: k.obj, Fact: fact})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b analysis.ObjectFact) int {
		if c := strings.Compare(a.Object.Pkg().Path(), b.Object.Pkg().Path()); c != 0 {
			return c
		}
		if c := strings.Compare(types.ObjectString(a.Object, nil), types.ObjectString(b.Object, nil)); c != 0 {
			return c
		}
		return strings.Compare(fmt.Sprintf("%T", a.Fact), fmt.Sprintf("%T", b.Fact))
	})
	return out
}

// allPackageFacts returns the facts about the unit's imports, by path, and then
// those about the unit.
func (r *runner) allPackageFacts(a *analysis.Analyzer) []analysis.PackageFact {
	imports := map[string]*types.Package{}
	for _, imp := range r.Pkg.Imports() {
		imports[imp.Path()] = imp
	}
	var out []analysis.PackageFact
	for _, path := range slices.Sorted(maps.Keys(imports)) {
		facts, _ := r.FactsOf(imports[path])
		for _, f := range a.FactTypes {
			if b, ok := facts.table(reflect.TypeOf(f))[nil]; ok {
				out = append(out, analysis.PackageFact{Package: imports[path], Fact: b.fact})
			}
		}
	}
	for _, f := range a.FactTypes {
		if fact := r.facts[factKey{nil, reflect.TypeOf(f)}]; fact != nil {
			out = append(out, analysis.PackageFact{Package: r.Pkg, Fact: fact})
		}
	}
	return out
}

// NewInfo returns an Info that records what analyzers may ask for about the files. The
// large maps are made as large as they become, to the bytes of usual code; to grow them
// would be a tenth of the work of a type check.
func NewInfo(files []*ast.File) *types.Info {
	size := 0
	for _, f := range files {
		size += int(f.FileEnd - f.FileStart)
	}
	return &types.Info{
		Types:        make(map[ast.Expr]types.TypeAndValue, size/20),
		Defs:         make(map[*ast.Ident]types.Object, size/120),
		Uses:         make(map[*ast.Ident]types.Object, size/25),
		Implicits:    make(map[ast.Node]types.Object),
		Instances:    make(map[*ast.Ident]types.Instance),
		Scopes:       make(map[ast.Node]*types.Scope, size/120),
		Selections:   make(map[*ast.SelectorExpr]*types.Selection, size/120),
		FileVersions: make(map[*ast.File]string),
	}
}
