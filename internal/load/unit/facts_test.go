package unit

import (
	"bytes"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"reflect"
	"testing"

	"golang.org/x/tools/go/analysis"
)

type mark struct{ N int }

func (*mark) AFact() {}

type flag struct{}

func (*flag) AFact() {}

func noop(*analysis.Pass) (any, error) { return nil, nil }

var marker = &analysis.Analyzer{Name: "marker", Doc: "none", Run: noop, FactTypes: []analysis.Fact{new(mark), new(flag)}}

func registry(t testing.TB) *Registry {
	t.Helper()
	r, err := NewRegistry([]*analysis.Analyzer{marker})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const source = `package p
type T struct{ Field int; hidden int }
func (T) Method() {}
func (*T) Pointer() {}
func F() {}
func local() { var x int; _ = x }
var V, w int
type I interface{ M() }
type G[K any] struct{ Of K }
func (G[K]) Get() K { panic(0) }
`

func check(t testing.TB) *types.Package {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	conf := types.Config{Importer: importer.Default()}
	pkg, err := conf.Check("example.com/p", fset, []*ast.File{f}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return pkg
}

// object returns an object of pkg by its name, Type.Name for fields and methods.
func object(t *testing.T, pkg *types.Package, typ, name string) types.Object {
	t.Helper()
	var obj types.Object
	if typ == "" {
		obj = pkg.Scope().Lookup(name)
	} else {
		obj, _, _ = types.LookupFieldOrMethod(pkg.Scope().Lookup(typ).Type(), true, pkg, name)
	}
	if obj == nil {
		t.Fatalf("no %s.%s", typ, name)
	}
	return obj
}

var subjects = []struct {
	typ, name string
	beyond    bool
}{
	{"T", "Field", true}, {"T", "Method", true}, {"T", "Pointer", true}, {"I", "M", true}, {"G", "Get", true},
	{"", "T", true}, {"", "F", false}, {"", "V", false},
}

func encoded(t *testing.T) (*Registry, *Facts) {
	t.Helper()
	reg, pkg := registry(t), check(t)
	facts := map[factKey]analysis.Fact{}
	for i, s := range subjects {
		facts[factKey{object(t, pkg, s.typ, s.name), reflect.TypeFor[*mark]()}] = &mark{i}
	}
	facts[factKey{object(t, pkg, "", "F"), reflect.TypeFor[*flag]()}] = &flag{}
	facts[factKey{object(t, pkg, "", "local"), reflect.TypeFor[*flag]()}] = &flag{} // nobody else can name it
	facts[factKey{nil, reflect.TypeFor[*mark]()}] = &mark{100}
	out, err := encodeFacts(reg, pkg, facts)
	if err != nil {
		t.Fatal(err)
	}
	return reg, out
}

// Facts go to another incarnation of the package, as they do from one process to
// the next.
func TestFactsRoundTrip(t *testing.T) {
	reg, facts := encoded(t)
	parsed, err := ParseFacts(facts.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	if parsed.Hash() != facts.Hash() {
		t.Error("hash differs after a round trip")
	}
	pkg := check(t)
	for _, view := range []*Facts{parsed, parsed.Beyond()} {
		table := Bind(reg, pkg, view).table(reflect.TypeFor[*mark]())
		for i, s := range subjects {
			b, ok := table[object(t, pkg, s.typ, s.name)]
			if want := view == parsed || s.beyond; ok != want {
				t.Errorf("%s.%s: there is %t, want %t", s.typ, s.name, ok, want)
			} else if ok && (b.beyond != s.beyond || b.fact.(*mark).N != i) {
				t.Errorf("%s.%s: %+v", s.typ, s.name, b)
			}
		}
		if b, ok := table[nil]; ok != (view == parsed) || ok && b.fact.(*mark).N != 100 {
			t.Errorf("package: %t, %+v", ok, b)
		}
	}
	flags := Bind(reg, pkg, parsed).table(reflect.TypeFor[*flag]())
	if len(flags) != 1 {
		t.Errorf("%d flags, want the one about F", len(flags))
	}
}

func TestFactsAreDeterministic(t *testing.T) {
	_, first := encoded(t)
	for range 20 {
		if _, again := encoded(t); !bytes.Equal(first.Append(nil), again.Append(nil)) {
			t.Fatal("another encoding of the same facts")
		}
	}
}

func TestNoFacts(t *testing.T) {
	reg, pkg := registry(t), check(t)
	f, err := encodeFacts(reg, pkg, nil)
	if err != nil || !f.Empty() || !f.Beyond().Empty() {
		t.Errorf("%+v, %v", f, err)
	}
	if parsed, err := ParseFacts(f.Append(nil)); err != nil || !parsed.Empty() {
		t.Errorf("%+v, %v", parsed, err)
	}
}

func FuzzParseFacts(f *testing.F) {
	f.Add([]byte{0})
	f.Add([]byte{1, 1, 'x', 0, 1, 0, 0})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	reg, pkg := registry(f), check(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		facts, err := ParseFacts(data)
		if err != nil {
			return
		}
		if again, err := ParseFacts(facts.Append(nil)); err != nil || again.Hash() != facts.Hash() {
			t.Errorf("no round trip: %v", err)
		}
		Bind(reg, pkg, facts).table(reflect.TypeFor[*mark]()) // must not panic
	})
}
