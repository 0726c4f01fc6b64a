// Package ssafunc builds the SSA form of the packages that can reach a database,
// and of no other. It replaces buildssa, which requires ctrlflow, whose facts make
// every driver analyze the whole world.
package ssafunc

import (
	"fmt"
	"go/ast"
	"go/types"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
	"github.com/connlint/connlint/internal/catalog"
)

// Analyzer builds SSA lazily: nothing is built for a package that cannot reach a
// driver through its imports.
var Analyzer = &analysis.Analyzer{
	Name:       "connlintssa",
	Doc:        "build SSA of the packages that can reach a database",
	Run:        run,
	ResultType: reflect.TypeFor[*Result](),
	FactTypes:  []analysis.Fact{new(reaches)},
}

var catalogFiles string

func init() {
	Analyzer.Flags.StringVar(&catalogFiles, "catalog", "", "comma-separated `files` with further lines of the catalog of driver APIs, or such lines themselves")
}

// A Result is what Analyzer knows of a package.
type Result struct {
	// Relevant reports whether the package can reach a driver. If not, the
	// other fields except Catalog are nil.
	Relevant bool
	Catalog  *catalog.Catalog
	// Described reports whether the catalog describes the package itself. No
	// analyzer exports facts of such a package: not every driver of analyzers looks
	// into it, and what is reported must not depend on that.
	Described bool
	Pkg       *ssa.Package
	// Funcs are the functions with source in this package, function literals
	// included (after the function that encloses them), and the package
	// initializer if there are literals in it; in source order.
	Funcs []*ssa.Function
	// Partial reports whether functions were left out of Funcs that no memory would do
	// for, or that use what has no type: that nothing is in Funcs is no proof then.
	Partial bool

	names   calls.Names
	callsOf map[*ssa.Function][]ssa.CallInstruction
}

// Calls returns the calls that fn makes, those of its literals and of builtin
// functions left out, in the order of its blocks. Most of what runs over a function
// looks at nothing else, and most instructions are no calls.
func (r *Result) Calls(fn *ssa.Function) []ssa.CallInstruction {
	if found, ok := r.callsOf[fn]; ok {
		return found
	}
	return callsIn(fn)
}

func callsIn(fn *ssa.Function) []ssa.CallInstruction {
	var found []ssa.CallInstruction
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			if call, ok := instr.(ssa.CallInstruction); ok {
				if _, builtin := call.Common().Value.(*ssa.Builtin); !builtin {
					found = append(found, call)
				}
			}
		}
	}
	return found
}

// NameOf is calls.Name with a memory that all analyzers of the package share.
func (r *Result) NameOf(c *ssa.CallCommon) string { return r.names.Of(c) }

// reaches is the package fact that a package can reach a driver.
type reaches struct{}

func (*reaches) AFact()         {}
func (*reaches) String() string { return "reaches a database" }

func run(pass *analysis.Pass) (any, error) {
	cat, err := loadCatalog()
	if err != nil {
		return nil, err
	}
	res := &Result{Catalog: cat, Described: cat.Reaches(pass.Pkg.Path())}
	if !relevant(pass, cat) {
		return res, nil
	}
	if !res.Described {
		pass.ExportPackageFact(new(reaches))
	}
	res.Relevant = true
	build(pass, res)
	return res, nil
}

func relevant(pass *analysis.Pass, cat *catalog.Catalog) bool {
	for _, imp := range pass.Pkg.Imports() {
		if cat.Reaches(imp.Path()) || pass.ImportPackageFact(imp, new(reaches)) {
			return true
		}
	}
	return false
}

func loadCatalog() (*catalog.Catalog, error) {
	if catalogFiles == "" {
		return catalog.Default(), nil
	}
	if strings.Contains(catalogFiles, "\n") {
		return catalogOf(catalogFiles)
	}
	var extra []catalog.Source
	for _, name := range strings.Split(catalogFiles, ",") {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("catalog: %v", err)
		}
		extra = append(extra, catalog.Source{Name: name, Text: string(text)})
	}
	return catalog.New(extra)
}

// catalogOf returns the catalog with the lines of text. The last one is kept: every
// package of a run has the same.
func catalogOf(text string) (*catalog.Catalog, error) {
	last.Lock()
	defer last.Unlock()
	if last.catalog == nil || last.text != text {
		cat, err := catalog.New([]catalog.Source{{Name: "catalog", Text: text}})
		if err != nil {
			return nil, err
		}
		last.text, last.catalog = text, cat
	}
	return last.catalog, nil
}

var last struct {
	sync.Mutex
	text    string
	catalog *catalog.Catalog
}

func build(pass *analysis.Pass, res *Result) {
	files, info := withoutGiants(pass.Files, pass.TypesInfo)
	prog, err := construct(pass, res, files, info)
	if err != nil {
		// The package is right, what it imports is not wholly known: a constant of a
		// cgo package, say.
		files, info = withoutInvalid(files, info)
		if prog, err = construct(pass, res, files, info); err != nil {
			panic(err)
		}
	}

	res.Partial = !slices.Equal(files, pass.Files)

	var add func(fn *ssa.Function)
	add = func(fn *ssa.Function) {
		if len(fn.Blocks) > 0 {
			res.Funcs = append(res.Funcs, fn)
		}
		for _, lit := range fn.AnonFuncs {
			add(lit)
		}
	}
	if fn := res.Pkg.Func("init"); fn != nil && len(fn.AnonFuncs) > 0 {
		add(fn)
	}
	for _, fn := range declared(pass, prog) {
		add(fn)
	}
	res.callsOf = make(map[*ssa.Function][]ssa.CallInstruction, len(res.Funcs))
	for _, fn := range res.Funcs {
		res.callsOf[fn] = callsIn(fn)
	}
}

// construct builds the package from the files. It returns what the builder panics with.
func construct(pass *analysis.Pass, res *Result, files []*ast.File, info *types.Info) (prog *ssa.Program, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%v", v)
		}
	}()
	prog = ssa.NewProgram(pass.Fset, ssa.BuilderMode(0))
	createImports(prog, pass)
	res.Pkg = prog.CreatePackage(pass.Pkg, files, info, false)
	res.Pkg.Build()
	return prog, nil
}
