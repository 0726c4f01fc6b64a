package ssafunc

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"testing"

	"golang.org/x/tools/go/analysis"
)

// A constant of a cgo package has no value where cgo did not run. It must not cost the
// package that uses it more than the functions that do.
func TestCgoConstant(t *testing.T) {
	fset := token.NewFileSet()
	parse := func(name, src string) []*ast.File {
		file, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		return []*ast.File{file}
	}
	dep, _ := (&types.Config{FakeImportC: true, Error: func(error) {}}).Check("dep", fset, parse("dep.go", `package dep
// #define K 3
import "C"

const K = C.K
`), nil)
	files := parse("p.go", `package p

import "dep"

var x, y = dep.K, 1

func Uses(op int) bool { return op == dep.K }

func InLiteral() func() int { return func() int { return dep.K } }

func Other() int { return y + len("abc") }
`)
	info := &types.Info{
		Types:        map[ast.Expr]types.TypeAndValue{},
		Instances:    map[*ast.Ident]types.Instance{},
		Defs:         map[*ast.Ident]types.Object{},
		Uses:         map[*ast.Ident]types.Object{},
		Implicits:    map[ast.Node]types.Object{},
		Selections:   map[*ast.SelectorExpr]*types.Selection{},
		Scopes:       map[ast.Node]*types.Scope{},
		FileVersions: map[*ast.File]string{},
	}
	imports := importer(func(string) (*types.Package, error) { return dep, nil })
	pkg, err := (&types.Config{Importer: imports}).Check("p", fset, files, info)
	if err != nil {
		t.Fatal(err)
	}

	res := new(Result)
	build(&analysis.Pass{Analyzer: Analyzer, Fset: fset, Files: files, Pkg: pkg, TypesInfo: info}, res)

	for name, want := range map[string]bool{"Uses": false, "InLiteral": false, "Other": true} {
		if got := len(res.Pkg.Func(name).Blocks) > 0; got != want {
			t.Errorf("%s: has a body: %v, want %v", name, got, want)
		}
	}
	if files[0].Decls[2].(*ast.FuncDecl).Body == nil {
		t.Error("the syntax tree that others read was changed")
	}
}

type importer func(string) (*types.Package, error)

func (f importer) Import(path string) (*types.Package, error) { return f(path) }
