package lifecycle

import (
	"go/types"
	"slices"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
)

// An ownerKey is a type and a field path in it.
type ownerKey struct {
	typ  *types.TypeName
	path string
}

// ownersRelease returns the methods of t that release a resource at path of it,
// sorted. A type with such a method owns what it keeps there: it is a resource
// itself.
func (e *engine) ownersRelease(t types.Type, path string) []string {
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	named, ok := t.(*types.Named)
	if !ok || path == "" || strings.Contains(path, "[") {
		return nil
	}
	key := ownerKey{named.Origin().Obj(), path}
	if names, ok := e.owners[key]; ok {
		return names
	}
	e.owners[key] = nil // while it is computed
	var names []string
	set := types.NewMethodSet(types.NewPointer(named))
	for i := range set.Len() {
		sel := set.At(i)
		m, ok := sel.Obj().(*types.Func)
		if !ok {
			continue
		}
		// A promoted method gets the embedded field as its receiver.
		rest, ok := strings.CutPrefix(path, promotedPath(sel.Index()))
		if !ok {
			continue
		}
		c := e.calleeOfFunc(m)
		if e.releasesReceiver(c, rest) {
			names = append(names, m.Name())
		}
	}
	sort.Strings(names)
	names = slices.Compact(names)
	e.owners[key] = names
	return names
}

// promotedPath returns the path of the field through which a method is promoted.
func promotedPath(index []int) string {
	path := ""
	for _, i := range index[:len(index)-1] {
		path += "." + strconv.Itoa(i)
	}
	return path
}

// releasesReceiver reports whether a call of method c releases what is at path of
// its receiver, on some path at least.
func (e *engine) releasesReceiver(c *callee, path string) bool {
	if path == "" {
		for _, f := range c.facts {
			if f.Verb == "release" && f.Attr["arg"] == "" {
				return true
			}
		}
	}
	if c.sum == nil {
		return false
	}
	for _, p := range c.sum.Params {
		if p.Index != 0 || p.Goal != giveBack || p.Path != path {
			continue
		}
		for _, o := range p.Outcomes {
			if o.Status == released && !o.ByRead || o.Status == gone && endsSomething[c.fn.Name()] {
				return true
			}
		}
	}
	return false
}

// handedOut returns the effect of an exit on the caller: the result in which the
// resource is handed out, if it is.
func (x *explorer) handedOut(ex exit) (ResultEffect, bool) {
	if x.ob.kind == catalog.Stmt && x.ob.parentEnds {
		return ResultEffect{}, false // it ends with the transaction
	}
	for i, r := range ex.results {
		path, ok := x.carriedAt(r, ex.state)
		if !ok {
			continue
		}
		eff := ResultEffect{Result: i, Path: path, Kind: x.ob.kind, Call: x.an.callName(x.ob.site)}
		for j, other := range ex.results {
			switch {
			case j == i || !x.carries(other, ex.state):
			case x.givesBack(other, ex.state):
				eff.Done = append(eff.Done, j)
			default:
				return ResultEffect{}, false // which of the two, the caller knows
			}
		}
		if x.ob.path != "" && path == x.ob.path && x.ob.wrapper != "" || path == "" {
			eff.Release, eff.Wrapper = x.ob.release, x.ob.wrapper
		}
		if path != "" && eff.Wrapper == "" {
			t := x.dynamicType(r, ex, i)
			eff.Release = x.an.ownersRelease(t, path)
			switch {
			case len(eff.Release) > 0:
				eff.Wrapper = typeName(t)
			case ex.state.lent:
				return ResultEffect{}, false // what it was lent for may be beside it, and end it
			case strings.Contains(path, "["), x.ob.kind != catalog.Tx && (x.ob.kind != catalog.Rows || !plain(t)):
				return ResultEffect{}, false // nobody releases it there: its owner is elsewhere
			}
		}
		for j, other := range ex.results {
			if isBoolType(x.ob.fn.Signature.Results().At(j).Type()) {
				if known := x.decide(other, ex.state); known != unknown {
					eff.With = append(eff.With, When{j, known})
				}
			}
		}
		n := len(ex.results) - 1
		if n > i && isError(x.ob.fn.Signature.Results().At(n).Type()) {
			if sym, ok := ex.results[n].(*symbol); ok && sym.sort == sentinelSym {
				eff.OnErr = sym.name
			} else if x.nilness(ex.results[n], ex.state) == no {
				return ResultEffect{}, false // handed out with an error: whose it is then, is unknown
			}
		}
		return eff, true
	}
	return ResultEffect{}, false
}

// plain reports whether t is a struct without methods, or a pointer to one: who gets it
// deals with its fields.
func plain(t types.Type) bool {
	if _, ok := t.Underlying().(*types.Pointer); !ok {
		t = types.NewPointer(t)
	}
	_, isStruct := deref(t).Underlying().(*types.Struct)
	return isStruct && types.NewMethodSet(t).Len() == 0
}

// givesBack reports whether v is a function that gives the resource back whenever it is
// called, such as a cleanup function.
func (x *explorer) givesBack(v ssa.Value, s *state) bool {
	r := x.resolve(v, s)
	if isSym(r, doneSym) {
		return true
	}
	mc, fn := closureOf(r)
	if mc == nil || isBound(mc) || x.ob.kind == catalog.Pool {
		return false
	}
	bindings := make([]ssa.Value, len(mc.Bindings))
	for i, b := range mc.Bindings {
		bindings[i] = x.resolve(b, s)
	}
	exits, ok := x.body(&frame{fn: x.ob.fn}, fn, bindings, nil, s.fork())
	return ok && !x.gaveUp && len(exits) > 0 &&
		!slices.ContainsFunc(exits, func(ex exit) bool { return ex.state.status != released })
}

// dynamicType returns the concrete type of result i.
func (x *explorer) dynamicType(r ssa.Value, ex exit, i int) types.Type {
	switch t := r.(type) {
	case *ssa.Alloc:
		return t.Type()
	case *symbol:
		if t.typ != nil && t.sort == resourceSym {
			return t.typ
		}
	}
	if _, ok := r.(*symbol); !ok {
		return r.Type()
	}
	return ex.ret.Results[i].Type()
}

func typeName(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string { return p.Name() })
}

// handsOutKept reports whether a return of fn hands out in result i what a field, a map
// or a variable of the package keeps: closing that were worse than leaving another open.
func handsOutKept(fn *ssa.Function, i int) bool {
	for _, b := range fn.Blocks {
		if ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return); ok && kept(writtenResult(ret, i), 0) {
			return true
		}
	}
	return false
}

func kept(v ssa.Value, depth int) bool {
	switch t := v.(type) {
	case *ssa.Lookup:
		return true
	case *ssa.Extract:
		_, ok := t.Tuple.(*ssa.Lookup)
		return ok
	case *ssa.UnOp:
		switch t.X.(type) {
		case *ssa.FieldAddr, *ssa.IndexAddr, *ssa.Global:
			return true
		}
	case *ssa.Phi:
		return depth < 4 && slices.ContainsFunc(t.Edges, func(e ssa.Value) bool { return kept(e, depth+1) })
	}
	return false
}

// droppedWithError reports whether everybody who calls the obligation's function leaves
// result i alone where the function has failed. Nobody, for all that is known, is
// everybody of an exported function: then it does not.
func (e *engine) droppedWithError(ob *obligation, i int) bool {
	calls := e.callsOf(ob.fn)
	for _, call := range calls {
		r, err := resultValue(call, i), resultValue(call, ob.fn.Signature.Results().Len()-1)
		if err == nil {
			return false
		}
		if r == nil {
			continue
		}
		there := &obligation{kind: ob.kind, typ: r.Type(), fn: call.Parent(), site: call, result: i, root: r, err: err, release: ob.release}
		there.res = &symbol{name: "resource", sort: resourceSym, typ: r.Type()}
		x := e.newExplorer(there)
		s := x.startAfter(call)
		s.bind(r, there.res)
		s.setFact(err, no)
		for _, ex := range x.run(&frame{fn: there.fn}, point{call.Block(), indexOf(call) + 1, s}) {
			for _, result := range ex.results {
				if x.carries(result, ex.state) {
					return false // its own callers may look
				}
			}
		}
		if x.gaveUp || there.owned || there.escapes || there.leaves {
			return false
		}
	}
	return len(calls) > 0
}

// callsOf returns the calls of a function in the package; none if it is used in other
// ways, too.
func (e *engine) callsOf(fn *ssa.Function) []*ssa.Call {
	if e.calls == nil {
		e.calls = map[*ssa.Function][]*ssa.Call{}
		other := map[*ssa.Function]bool{}
		for _, caller := range e.ssa.Funcs {
			for _, b := range caller.Blocks {
				for _, instr := range b.Instrs {
					for _, op := range instr.Operands(nil) {
						callee, ok := (*op).(*ssa.Function)
						if !ok {
							continue
						}
						if call, ok := instr.(*ssa.Call); ok && call.Call.Value == *op {
							e.calls[callee] = append(e.calls[callee], call)
						} else {
							other[callee] = true
						}
					}
				}
			}
		}
		for callee := range other {
			delete(e.calls, callee)
		}
	}
	return e.calls[fn]
}
