package load

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/connlint/connlint/internal/load/diskcache"
)

// apiHash identifies everything that an importer of pkg can see of it: an edit
// that leaves it as it was leaves the importers as they were. It is computed from
// a text and not from export data, whose bytes depend on how the imports were
// loaded. of returns the hash of another package, of which pkg's API mentions
// something.
func apiHash(pkg *types.Package, of func(*types.Package) diskcache.Key) diskcache.Key {
	w := &apiWriter{pkg: pkg, queued: map[*types.TypeName]bool{}, mentioned: map[*types.Package]bool{}}
	w.printf("package %s %s\n", pkg.Path(), pkg.Name())
	scope := pkg.Scope()
	for _, name := range scope.Names() {
		if obj := scope.Lookup(name); ast.IsExported(name) {
			w.object(obj)
		}
	}
	for len(w.queue) > 0 {
		obj := w.queue[0]
		w.queue = w.queue[1:]
		w.object(obj)
	}
	pkgs := make([]*types.Package, 0, len(w.mentioned))
	for p := range w.mentioned {
		pkgs = append(pkgs, p)
	}
	slices.SortFunc(pkgs, func(a, b *types.Package) int { return strings.Compare(a.Path(), b.Path()) })
	for _, p := range pkgs {
		w.printf("mentions %s %x\n", p.Path(), of(p))
	}
	return sum(w.buf.Bytes())
}

// An apiWriter writes the declarations of a package, of unexported types only
// those that can be reached.
type apiWriter struct {
	pkg       *types.Package
	buf       bytes.Buffer
	queued    map[*types.TypeName]bool // unexported types that were reached
	queue     []*types.TypeName
	mentioned map[*types.Package]bool
}

func (w *apiWriter) printf(format string, args ...any) { fmt.Fprintf(&w.buf, format, args...) }
func (w *apiWriter) text(s string)                     { w.buf.WriteString(s) }

func (w *apiWriter) object(obj types.Object) {
	switch obj := obj.(type) {
	case *types.Const:
		w.printf("const %s ", obj.Name())
		w.typ(obj.Type())
		w.printf(" = %s\n", obj.Val().ExactString())
	case *types.Var:
		w.printf("var %s ", obj.Name())
		w.typ(obj.Type())
		w.text("\n")
	case *types.Func:
		w.printf("func %s", obj.Name())
		w.typ(obj.Type())
		w.text("\n")
	case *types.TypeName:
		w.typeName(obj)
	}
}

func (w *apiWriter) typeName(obj *types.TypeName) {
	w.printf("type %s", obj.Name())
	switch t := obj.Type().(type) {
	case *types.Alias:
		w.typeParams(t.TypeParams())
		w.text(" = ")
		w.typ(t.Rhs())
	case *types.Named:
		w.typeParams(t.TypeParams())
		w.text(" ")
		w.typ(t.Underlying())
		w.text("\n")
		w.methods(t)
	default: // an alias of a basic type, without an Alias node
		w.text(" = ")
		w.typ(t)
	}
	w.text("\n")
}

func (w *apiWriter) methods(t *types.Named) {
	methods := slices.Collect(t.Methods())
	slices.SortFunc(methods, func(a, b *types.Func) int { return strings.Compare(a.Id(), b.Id()) })
	for _, m := range methods {
		sig := m.Signature()
		pointer := ""
		if _, ok := types.Unalias(sig.Recv().Type()).(*types.Pointer); ok {
			pointer = "*"
		}
		w.printf("method %s%s", pointer, m.Id())
		w.typ(sig)
		w.text("\n")
	}
}

func (w *apiWriter) typeParams(list *types.TypeParamList) {
	if list.Len() == 0 {
		return
	}
	w.text("[")
	for p := range list.TypeParams() {
		w.printf("%s ", p.Obj().Name())
		w.typ(p.Constraint())
		w.text(";")
	}
	w.text("]")
}

// name writes a reference to a named type, and has its declaration written if it
// is of this package.
func (w *apiWriter) name(obj *types.TypeName, args *types.TypeList) {
	switch pkg := obj.Pkg(); pkg {
	case nil:
	case w.pkg:
		if !w.queued[obj] && !ast.IsExported(obj.Name()) {
			w.queued[obj] = true
			w.queue = append(w.queue, obj)
		}
	default:
		w.mentioned[pkg] = true
		w.text(pkg.Path() + ".")
	}
	w.text(obj.Name())
	if args.Len() > 0 {
		w.text("[")
		for t := range args.Types() {
			w.typ(t)
			w.text(",")
		}
		w.text("]")
	}
}

func (w *apiWriter) typ(t types.Type) {
	switch t := t.(type) {
	case *types.Basic:
		w.text(t.Name())
	case *types.Named:
		w.name(t.Obj(), t.TypeArgs())
	case *types.Alias:
		w.name(t.Obj(), t.TypeArgs())
	case *types.TypeParam:
		w.printf("$%d", t.Index())
	case *types.Pointer:
		w.text("*")
		w.typ(t.Elem())
	case *types.Slice:
		w.text("[]")
		w.typ(t.Elem())
	case *types.Array:
		w.printf("[%d]", t.Len())
		w.typ(t.Elem())
	case *types.Chan:
		w.printf("chan%d ", t.Dir())
		w.typ(t.Elem())
	case *types.Map:
		w.text("map[")
		w.typ(t.Key())
		w.text("]")
		w.typ(t.Elem())
	case *types.Signature:
		w.typeParams(t.TypeParams())
		w.tuple(t.Params())
		if t.Variadic() {
			w.text("...")
		}
		w.tuple(t.Results())
	case *types.Struct:
		w.structType(t)
	case *types.Interface:
		w.interfaceType(t)
	case *types.Union:
		for term := range t.Terms() {
			if term.Tilde() {
				w.text("~")
			}
			w.typ(term.Type())
			w.text("|")
		}
	default:
		w.printf("%v", t)
	}
}

func (w *apiWriter) tuple(t *types.Tuple) {
	w.text("(")
	for v := range t.Variables() {
		w.text(v.Name() + " ")
		w.typ(v.Type())
		w.text(",")
	}
	w.text(")")
}

func (w *apiWriter) structType(t *types.Struct) {
	w.text("struct{")
	for i := range t.NumFields() {
		f := t.Field(i)
		w.printf("%s %t ", f.Id(), f.Embedded())
		w.typ(f.Type())
		w.printf(" %q;", t.Tag(i))
	}
	w.text("}")
}

func (w *apiWriter) interfaceType(t *types.Interface) {
	w.text("interface{")
	for m := range t.ExplicitMethods() {
		w.text(m.Id())
		w.typ(m.Type())
		w.text(";")
	}
	for e := range t.EmbeddedTypes() {
		w.typ(e)
		w.text(";")
	}
	w.text("}")
}
