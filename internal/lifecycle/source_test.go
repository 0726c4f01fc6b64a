package lifecycle

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"sync"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"
)

var fset = token.NewFileSet()

// std imports what the sources of these tests need, from source: loaded once.
var std = sync.OnceValue(func() types.Importer { return importer.ForCompiler(fset, "source", nil) })

// load type-checks a file as a package of its own.
func load(t testing.TB, src string) *packages.Package {
	t.Helper()
	file, err := parser.ParseFile(fset, "p.go", src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Implicits: map[ast.Node]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
		Scopes: map[ast.Node]*types.Scope{}, Instances: map[*ast.Ident]types.Instance{}, FileVersions: map[*ast.File]string{},
	}
	conf := types.Config{Importer: std(), GoVersion: "go1.26"}
	pkg, err := conf.Check("p", fset, []*ast.File{file}, info)
	if err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	return &packages.Package{
		ID: "p", PkgPath: "p", Name: "p", Fset: fset, Types: pkg, TypesInfo: info, Syntax: []*ast.File{file},
		TypesSizes: types.SizesFor("gc", "amd64"), Imports: map[string]*packages.Package{},
	}
}

// follow runs the engine on a package and returns its result and its facts. A note is
// an error: some function could not be analyzed.
func follow(t testing.TB, pkg *packages.Package) (*Result, []analysis.ObjectFact) {
	t.Helper()
	graph, err := checker.Analyze([]*analysis.Analyzer{Analyzer}, []*packages.Package{pkg}, nil)
	if err != nil {
		t.Fatal(err)
	}
	act := graph.Roots[0]
	if act.Err != nil {
		t.Fatal(act.Err)
	}
	res := act.Result.(*Result)
	for _, note := range res.Notes {
		t.Error(note)
	}
	return res, act.AllObjectFacts()
}
