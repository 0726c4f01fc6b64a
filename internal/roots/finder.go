package roots

import (
	"go/token"
	"go/types"
	"strconv"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
	"github.com/connlint/connlint/internal/testcode"
)

// A finder collects the roots of a package.
type finder struct {
	*Result
	types  *requestTypes
	seen   map[*ssa.Function]bool
	server bool // something was called that serves
}

// function looks at one function: is it a root, has it a root inside, does it
// register one?
func (f *finder) function(fn *ssa.Function) {
	if w := f.types.word(fn.Signature); w != "" {
		f.add(fn, w)
	}
	for _, call := range f.SSA.Calls(fn) {
		f.call(call.Common())
	}
	for _, l := range endlessLoops(fn, f.types) {
		f.Roots = append(f.Roots, l)
		f.loops[fn] = append(f.loops[fn], l)
	}
}

func (f *finder) add(fn *ssa.Function, word string) {
	if fn == nil || len(fn.Blocks) == 0 || f.seen[fn] {
		return
	}
	f.seen[fn] = true
	f.Roots = append(f.Roots, &Root{Fn: fn, Word: word, Pos: fn.Pos()})
}

// call looks for functions given to something that serves.
func (f *finder) call(c *ssa.CallCommon) {
	name := f.SSA.NameOf(c)
	if name == "" {
		return
	}
	for _, fact := range f.SSA.Catalog.Lookup(name, "root", "server") {
		if fact.Verb == "server" {
			f.server = true
			continue
		}
		arg, err := strconv.Atoi(fact.Attr["arg"])
		if err != nil {
			continue // the line is about a type
		}
		if !c.IsInvoke() && c.Signature().Recv() != nil {
			arg++ // the receiver is argument 0
		}
		if arg < len(c.Args) {
			f.given(c.Args[arg], fact.Word, 3)
		}
	}
}

// given adds the function behind a function value, looking through wrappers such
// as otel.Instrument(handler).
func (f *finder) given(v ssa.Value, word string, depth int) {
	if fn := calls.Function(v); fn != nil {
		f.add(fn, word)
		return
	}
	if depth == 0 {
		return
	}
	switch v := v.(type) {
	case *ssa.MakeInterface:
		f.given(v.X, word, depth)
	case *ssa.ChangeType:
		f.given(v.X, word, depth)
	case *ssa.ChangeInterface:
		f.given(v.X, word, depth)
	case *ssa.Call:
		for _, a := range v.Call.Args {
			f.given(a, word, depth-1)
		}
	}
}

// services adds the methods that serve remote procedure calls: those which a type
// overrides of an embedded UnimplementedFooServer (protoc-gen-go-grpc) or
// UnimplementedFooHandler (protoc-gen-connect-go).
func (f *finder) services(scope *types.Scope) {
	for _, name := range scope.Names() {
		tn, ok := scope.Lookup(name).(*types.TypeName)
		if !ok {
			continue
		}
		named, ok := tn.Type().(*types.Named)
		if !ok {
			continue
		}
		st, ok := named.Underlying().(*types.Struct)
		if !ok {
			continue
		}
		for field := range st.Fields() {
			if !field.Embedded() || !isUnimplemented(field.Type()) {
				continue
			}
			offered := types.NewMethodSet(field.Type())
			for m := range named.Methods() {
				if m.Exported() && offered.Lookup(m.Pkg(), m.Name()) != nil {
					if fn := f.SSA.Pkg.Prog.FuncValue(m); fn != nil && !testcode.Has(fn) {
						f.add(fn, "request")
					}
				}
			}
		}
	}
}

func isUnimplemented(t types.Type) bool {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok {
		return false
	}
	name := named.Obj().Name()
	return strings.HasPrefix(name, "Unimplemented") &&
		(strings.HasSuffix(name, "Server") || strings.HasSuffix(name, "Handler"))
}

// isErr reports whether v is a test of an error against nil, and whether a true
// result means that there is one.
func isErr(v ssa.Value) (ok, failed bool) {
	cmp, isCmp := v.(*ssa.BinOp)
	if !isCmp || (cmp.Op != token.EQL && cmp.Op != token.NEQ) {
		return false, false
	}
	c, isConst := cmp.Y.(*ssa.Const)
	if !isConst || !c.IsNil() || !types.Identical(cmp.X.Type(), types.Universe.Lookup("error").Type()) {
		return false, false
	}
	return true, cmp.Op == token.NEQ
}
