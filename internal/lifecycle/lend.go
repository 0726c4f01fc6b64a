package lifecycle

import (
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
)

// Who is given a resource and is not known may own it from then on, or only use it. What
// is lent stays with the function, and what is wrong with it is told only if the function
// gives it back itself on other paths: then it is the owner.

// lends hands the resource to somebody of whom only the type is known. Most only use it;
// whether this one takes over, the other paths of the function tell.
func (x *explorer) lends(instr ssa.CallInstruction, s *state) bool {
	switch x.ob.kind {
	case catalog.Rows, catalog.Tx, catalog.Conn:
	default:
		return false
	}
	if x.ob.site == nil || s.status != held || x.ob.goal != giveBack {
		return false
	}
	x.lend(instr, s)
	return true
}

// lend remembers that the resource is lent. Where a loop lends it, the path past the loop
// is no other path: the loop runs.
func (x *explorer) lend(instr ssa.CallInstruction, s *state) {
	s.lent = true
	if x.ob.lentTo == nil {
		x.ob.lentTo = map[ssa.CallInstruction]bool{}
	}
	x.ob.lentTo[instr] = true
	if x.ob.lentIn == nil {
		x.ob.lentIn = loopAround(x.in)
	}
}

// loopAround returns the head of the innermost loop around b, or nil.
func loopAround(b *ssa.BasicBlock) *ssa.BasicBlock {
	for h := b; h != nil; h = h.Idom() {
		if slices.ContainsFunc(h.Preds, func(p *ssa.BasicBlock) bool { return h.Dominates(p) }) {
			return h
		}
	}
	return nil
}

// pastLoop reports whether a path that leaves in b has come by the loop that lends the
// resource.
func (ob *obligation) pastLoop(b *ssa.BasicBlock) bool {
	return ob.lentIn != nil && b != nil && ob.lentIn.Parent() == b.Parent() && ob.lentIn.Dominates(b)
}

// runsOnConn reports whether an interface method that is given a connection does one thing
// on it: it takes a context, its name does not speak of keeping, and it returns nothing
// that could have the connection.
//
//	Execute(ctx context.Context, conn *sql.Conn, statement string) (int64, error)
func (e *engine) runsOnConn(fn *types.Func) bool {
	sig := fn.Signature()
	if sig.Params().Len() < 2 || !isContext(sig.Params().At(0).Type()) || keepsByName(fn.Name()) {
		return false
	}
	for v := range sig.Results().Variables() {
		if !isError(v.Type()) && e.mayHold(v.Type(), 0) {
			return false
		}
	}
	return true
}

// keepsByName reports whether a method is called like one that keeps what it is given.
func keepsByName(name string) bool {
	return slices.ContainsFunc([]string{
		"Accept", "Add", "Attach", "Bind", "Handle", "Join", "Keep", "Listen", "New", "Open", "Own", "Push", "Put",
		"Register", "Serve", "Set", "Start", "Store", "Subscribe", "Take", "Track", "Use", "Watch", "With", "Wrap",
	}, func(verb string) bool { return strings.HasPrefix(name, verb) })
}

// lendsToCallback reports whether a call is of a function value that is handed the
// resource to use it: a parameter of this function, an element of a table.
func (x *explorer) lendsToCallback(instr ssa.CallInstruction, fnVal ssa.Value, s *state) bool {
	given := instr.Common().Args
	if s.status != held || !slices.ContainsFunc(given, func(a ssa.Value) bool { return x.carries(a, s) && !x.onlyView(a) }) {
		return false
	}
	if _, ok := fnVal.(*ssa.Parameter); ok {
		if x.ob.site != nil {
			x.lend(instr, s)
			return true
		}
		b := instr.Block() // each round of a loop hands the rows to it: it cannot end them
		return x.ob.kind == catalog.Rows && x.an.follows(b, b)
	}
	name, ok := fromTable(fnVal)
	return ok && !isCalledAsEnding(name) && x.lends(instr, s)
}

// isCalledAsEnding reports whether a name, exported or not, says that something ends.
func isCalledAsEnding(name string) bool {
	return name != "" && saysItEnds(strings.ToUpper(name[:1])+name[1:])
}

// fromTable reports whether a function value was taken out of a struct, a slice or a map,
// and the name of the field or variable.
func fromTable(v ssa.Value) (name string, ok bool) {
	switch t := v.(type) {
	case *ssa.UnOp:
		switch addr := t.X.(type) {
		case *ssa.FieldAddr:
			return deref(addr.X.Type()).Underlying().(*types.Struct).Field(addr.Field).Name(), true
		case *ssa.IndexAddr:
			return "element", true
		}
	case *ssa.Field:
		return t.X.Type().Underlying().(*types.Struct).Field(t.Field).Name(), true
	case *ssa.Lookup, *ssa.Index:
		return "element", true
	case *ssa.Extract:
		switch t.Tuple.(type) {
		case *ssa.Lookup, *ssa.Next:
			return "element", true
		}
	}
	return "", false
}

// handsOutLent reports whether an exit returns what a call has made that the resource was
// lent to: that may have kept it.
//
//	return request.WithContext(context.WithValue(ctx, key{}, tx)), nil
func (x *explorer) handsOutLent(ex exit) bool {
	for i, r := range ex.results {
		if isError(x.ob.fn.Signature.Results().At(i).Type()) {
			continue
		}
		if e, ok := r.(*ssa.Extract); ok {
			r = e.Tuple
		}
		if call, ok := r.(*ssa.Call); ok && x.ob.lentTo[call] {
			return true
		}
	}
	return false
}

// inContext is the path of what a context carries. It is no field, so nobody owns it by
// its type.
const inContext = ".[context]"

// putInContext executes a call that makes a context of another one. It reports whether
// the resource is in it.
//
//	ctx = context.WithValue(ctx, key{}, tx)
func (x *explorer) putInContext(instr ssa.CallInstruction, args []ssa.Value, s *state) bool {
	for _, a := range args {
		if x.carries(a, s) {
			if r := resultValue(instr, 0); r != nil {
				s.setCell(r, inContext, x.ob.res)
			}
			return true
		}
	}
	return false
}

// lendsInContext reports whether the resource is lent to a function that is given the
// context that it is in. One that is called commit takes it out and ends it, and so may
// one in sight that takes something out of a context and ends something.
func (x *explorer) lendsInContext(instr ssa.CallInstruction, given, a ssa.Value, s *state) bool {
	if !isContext(given.Type()) || !x.carries(a, s) {
		return false
	}
	common := instr.Common()
	name := common.Value.Name()
	switch fn := common.StaticCallee(); {
	case common.IsInvoke():
		name = common.Method.Name()
	case fn != nil:
		name = fn.Name()
		if x.an.takesOut(fn) {
			return false
		}
	default:
		if field, ok := fromTable(common.Value); ok {
			name = field
		}
	}
	return !isCalledAsEnding(name) && !completesByName(name) && !keepsByName(name) && x.lends(instr, s)
}

// completesByName reports whether a function is called like one that has the last word.
func completesByName(name string) bool {
	return slices.ContainsFunc([]string{"omplete", "ettle", "inali", "onclude"}, func(part string) bool { return strings.Contains(name, part) })
}

// takesOut reports whether a function, or one of the package that it calls, takes
// something out of a context and ends something.
func (e *engine) takesOut(fn *ssa.Function) bool {
	looks, ends := false, false
	seen := map[*ssa.Function]bool{}
	var visit func(fn *ssa.Function)
	visit = func(fn *ssa.Function) {
		if fn == nil || seen[fn] || len(seen) > 50 {
			return
		}
		seen[fn] = true
		for _, call := range e.ssa.Calls(fn) {
			c := call.Common()
			name := e.ssa.NameOf(c)
			looks = looks || name == "(context.Context).Value"
			ends = ends || len(e.cat.Lookup(name, "release")) > 0
			visit(c.StaticCallee())
		}
		for _, lit := range fn.AnonFuncs {
			visit(lit)
		}
	}
	visit(fn)
	return looks && ends
}
