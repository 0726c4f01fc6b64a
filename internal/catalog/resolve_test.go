package catalog

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

// elsewhere are the verbs whose facts may name packages that testdata/go.mod does
// not require: there are more servers, queues and drivers than one module can pin.
// A name of a package that it does require must resolve all the same.
var elsewhere = map[string]bool{
	"open": true, "wait": true, "prepared": true, "limit": true, "parameter": true, "engine": true, "once": true,
	"root": true, "server": true, "context": true, "slow": true,
}

// TestResolve looks every name of the catalog up in the real packages, those of
// the module in testdata and of the standard library, and holds what the line says
// against the signature.
func TestResolve(t *testing.T) {
	w := loadWorld(t)
	for _, f := range Default().Facts() {
		if err := w.check(Default(), f); err != nil {
			t.Errorf("%s: %s %s: %v", f.Pos(), f.Verb, f.Name, err)
		}
	}
	t.Run("refuses", func(t *testing.T) { testRefuses(t, w) })
}

// testRefuses checks that lines that are wrong about real functions are found out.
func testRefuses(t *testing.T, w *world) {
	for _, line := range []string{
		"package database/sequel",
		"type database/sql.Cursor rows",
		"type database/sql.Open pool",
		"acquire (*database/sql.DB).Ask 0 rows",
		"acquire database/sql.Rows 0 rows",
		"acquire (*database/sql.DB).QueryContext 0 stmt",
		"acquire (*database/sql.DB).QueryContext 1 rows",
		"acquire (*database/sql.DB).QueryContext 2 rows",
		"acquire (*database/sql.DB).QueryContext 0 rows parent=ends",
		"acquire (*database/sql.Conn).QueryContext 0 rows of=9",
		"acquire (*database/sql.DB).Query 0 rows ctx=ends",
		"acquire (*database/sql.DB).QueryRow 0 row onerr=value",
		"chain (*gorm.io/gorm.DB).Begin 0 tx err=Failure",
		"chain (*gorm.io/gorm.DB).Begin 0 tx err=RowsAffected",
		"release (*database/sql.Rows).Close stmt",
		"release github.com/jackc/pgx/v4/stdlib.ReleaseConn conn",
		"release github.com/jackc/pgx/v4/stdlib.ReleaseConn conn arg=0",
		"exhaust (*database/sql.Rows).Close rows",
		"check (*database/sql.Rows).Next rows",
		"scan (*database/sql.Rows).Next rows",
		"consume github.com/jackc/pgx/v5.CollectRows 1 rows",
		"consume fmt.Println 0 rows",
		"borrow fmt.Println 1",
		"calls (*sync.Once).Do 1",
		"calls sort.Slice 0",
		"derive github.com/jmoiron/sqlx.NewDb 1 arg=0",
		"derive github.com/jmoiron/sqlx.NewDb 0 arg=2",
		"cancel context.WithValue 1",
		"cancel context.WithCancel 0",
		"nonnil errors.New 1",
		"samenil fmt.Errorf 0",
		"iserr strings.HasPrefix",
		"iserr errors.AsType",
		"isnil github.com/stretchr/testify/require.NoError 1",
		"noreturn (github.com/sirupsen/logrus.FieldLogger).Fatal",
		"noreturn os.Exit upto=v1",
		"limit github.com/jackc/pgx/v5/pgxpool.Config.MostConns max-open",
	} {
		c, err := parse([]Source{{"wrong.txt", line}})
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		c.types = Default().types
		if err := w.check(c, c.Facts()[0]); err == nil {
			t.Errorf("accepted: %s", line)
		}
	}
}

// A world is what the module in testdata and the standard library declare.
type world struct {
	packages map[string]*types.Package
	objects  map[string]types.Object // by the catalog's name
}

// loadWorld type-checks from source without function bodies: nothing is compiled.
func loadWorld(t *testing.T) *world {
	cfg := &packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports |
			packages.NeedDeps | packages.NeedTypes | packages.NeedSyntax,
		Dir:       "../../testdata",
		ParseFile: parseWithoutBodies,
	}
	std := []string{
		"context", "database/sql", "encoding/json", "errors", "flag", "fmt", "io/fs", "log", "log/slog", "maps", "net",
		"net/http", "os", "os/signal", "path/filepath", "reflect", "runtime", "runtime/pprof", "runtime/trace", "slices",
		"sort", "strings", "sync", "syscall", "testing", "time",
	}
	pkgs, err := packages.Load(cfg, append(std, "./drivers")...)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{map[string]*types.Package{}, map[string]types.Object{}}
	packages.Visit(pkgs, nil, func(p *packages.Package) {
		for _, err := range p.Errors {
			if err.Kind != packages.TypeError { // imports that only the bodies used
				t.Errorf("%s: %v", p.PkgPath, err)
			}
		}
		if p.Types != nil {
			w.add(p.Types)
		}
	})
	return w
}

func parseWithoutBodies(fset *token.FileSet, name string, src []byte) (*ast.File, error) {
	file, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
	if file != nil {
		for _, d := range file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				fn.Body = nil
			}
		}
	}
	return file, err
}

func (w *world) add(pkg *types.Package) {
	w.packages[pkg.Path()] = pkg
	scope := pkg.Scope()
	for _, name := range scope.Names() {
		switch obj := scope.Lookup(name).(type) {
		case *types.Func:
			w.objects[FullName(obj)] = obj
		case *types.TypeName:
			w.objects[pkg.Path()+"."+name] = obj
			w.addMethods(obj.Type())
		case *types.Var:
			w.objects[pkg.Path()+"."+name] = obj
		}
	}
}

func (w *world) addMethods(t types.Type) {
	named, ok := t.(*types.Named)
	if !ok {
		return
	}
	for m := range named.Methods() {
		w.objects[FullName(m)] = m
	}
	if iface, ok := named.Underlying().(*types.Interface); ok {
		for m := range iface.ExplicitMethods() {
			w.objects[FullName(m)] = m
		}
	}
}

// knows reports whether the package that declares name is part of the world.
func (w *world) knows(name string) bool {
	name = strings.TrimLeft(name, "(*")
	for i := len(name); i > 0; i = strings.LastIndexByte(name[:i], '.') {
		if w.packages[name[:i]] != nil {
			return true
		}
	}
	return false
}

func (w *world) check(c *Catalog, f *Fact) error {
	if f.Verb == "parameter" || f.Verb == "engine" || f.Verb == "client" {
		return nil // names of data source parameters and drivers, and the beginnings of import paths
	}
	if elsewhere[f.Verb] && !w.knows(f.Name) {
		return nil
	}
	if f.Verb == "package" {
		if w.packages[f.Name] == nil {
			return fmt.Errorf("no such package in the module of testdata")
		}
		return nil
	}
	obj := w.objects[f.Name]
	if version := f.Attr["upto"]; version != "" {
		if obj != nil {
			return fmt.Errorf("upto=%s, but the pinned version declares it", version)
		}
		return nil
	}
	switch {
	case f.Verb == "limit" && obj == nil: // of a field
		return w.checkField(f.Name)
	case obj == nil:
		return fmt.Errorf("no such function or type")
	}
	if v, ok := obj.(*types.Var); ok {
		if f.Verb != "norows" && f.Verb != "ended" || !types.Identical(v.Type(), errorType) {
			return fmt.Errorf("is a variable")
		}
		return nil
	}
	fn, ok := obj.(*types.Func)
	if !ok {
		if f.Verb != "type" && f.Verb != "root" {
			return fmt.Errorf("is a type, not a function")
		}
		return nil
	}
	if f.Verb == "type" {
		return fmt.Errorf("is a function, not a type")
	}
	s := &signature{c: c, w: w, f: f, sig: fn.Signature()}
	return s.check()
}

func (w *world) checkField(name string) error {
	i := strings.LastIndexByte(name, '.')
	tn, ok := w.objects[name[:i]].(*types.TypeName)
	if !ok {
		return fmt.Errorf("no type %s", name[:i])
	}
	return checkStructField(tn.Type(), name[i+1:], nil)
}

func checkStructField(t types.Type, name string, want types.Type) error {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		return fmt.Errorf("%v is no struct", t)
	}
	for v := range s.Fields() {
		if v.Name() == name {
			if want != nil && !types.Identical(v.Type(), want) {
				return fmt.Errorf("field %s is of type %v, not %v", name, v.Type(), want)
			}
			return nil
		}
	}
	return fmt.Errorf("%v has no field %s", t, name)
}
