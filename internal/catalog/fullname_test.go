package catalog

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"testing"
)

func TestFullName(t *testing.T) {
	const src = `package p
import "database/sql"
type T struct{ sql.Tx }
func (T) Value() {}
func (*T) Pointer() {}
type G[K any] struct{}
func (G[K]) Value() {}
func (*G[K]) Pointer() {}
type A = T
func (A) Alias() {}
type I interface{ M(); sql.Result; error }
type E interface{ I }
var anonymous interface{ Anon() }
func F() {}
func H[K any]() {}
func use(t T, i I, e E, g G[int], db *sql.DB) {
	type local struct{ T }
	t.Value(); t.Pointer(); t.Alias(); i.M(); i.LastInsertId(); e.M(); e.Error(); anonymous.Anon()
	g.Value(); g.Pointer(); F(); H[int](); db.Query(""); t.Commit(); local{}.Value(); sql.Open("", "")
}
`
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", src, 0)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	conf := types.Config{Importer: importer.ForCompiler(fset, "source", nil)}
	if _, err := conf.Check("example.com/p", fset, []*ast.File{f}, info); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, obj := range info.Uses {
		if fn, ok := obj.(*types.Func); ok {
			n++
			if got, want := FullName(fn), withoutParams(fn.Origin().FullName()); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	}
	if n < 14 {
		t.Errorf("only %d functions", n)
	}
}
