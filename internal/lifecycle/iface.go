package lifecycle

import (
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
)

// interfaceCall executes a method call through an interface that the catalog does
// not know. args has the receiver first.
func (x *explorer) interfaceCall(f *frame, c *callee, instr ssa.CallInstruction, args []ssa.Value, s *state) []*state {
	recv, name := args[0], c.fn.Name()
	switch {
	case isSym(recv, resourceSym):
		if m := x.concreteMethod(name); m != nil {
			if states, ok := x.catalogued(f, m, instr, args, s); ok && len(m.facts) > 0 {
				return states
			}
		}
		if s.status == absent {
			x.escape(s)
			return []*state{s}
		}
		x.namedMethod(name, instr, s)
	case x.carries(recv, s):
		if x.ob.goal == readError {
			x.namedMethod(name, instr, s)
		} else if x.releasesByName(name) {
			x.released(s, name == "Commit")
		} else if endsSomething[name] {
			x.escape(s)
		}
	case slices.ContainsFunc(args[1:], func(a ssa.Value) bool { return isSym(a, resourceSym) }):
		// It is about the resource: see below.
	case x.isParent(recv, s):
		for _, kind := range []catalog.Kind{catalog.Tx, catalog.Conn} {
			if x.an.releaseMethods[kind][name] {
				x.parentReleased(kind, s)
				break
			}
		}
	}
	given := instr.Common().Args
	for i, a := range args[1:] {
		if i < len(given) && (x.onlyView(given[i]) || x.lendsInContext(instr, given[i], a, s)) {
			continue
		}
		if commits := strings.Contains(name, "Commit"); isSym(a, resourceSym) && x.ob.kind == catalog.Tx && (commits || strings.Contains(name, "Rollback")) {
			x.settle(commits, s) // a store that ends what it has begun
			continue
		}
		if isSym(a, resourceSym) && !anyHoldsAll(given, i) && !saysItEnds(name) {
			if x.ob.kind == catalog.Conn && x.an.runsOnConn(c.fn) || x.lends(instr, s) {
				continue
			}
		}
		if x.involves(f, instr, a, s) {
			x.escape(s)
		}
	}
	x.disturb(anyUnknown, args[1:], s)
	return []*state{s}
}

// anyHoldsAll reports whether the call is given, beside argument i, what takes all the
// rows: it may read them to the end.
func anyHoldsAll(given []ssa.Value, i int) bool {
	for j, dest := range given {
		if j == i {
			continue
		}
		if _, ok := dest.(*ssa.MakeInterface); ok && holdsAll(dest) == yes {
			return true
		}
	}
	return false
}

// namedMethod executes a method of the resource known by name only.
func (x *explorer) namedMethod(name string, instr ssa.CallInstruction, s *state) {
	switch {
	case x.ob.goal != readError && x.releasesByName(name):
		x.settle(name == "Commit", s)
	case name == "Next" && (x.ob.kind == catalog.Rows || x.ob.kind == ""):
		if v := instr.Value(); v != nil && isBoolType(v.Type()) {
			x.asksNext(instr, false, s)
		}
	case name == "Err":
		x.checkedError(s)
	case x.ob.goal != readError && saysItEnds(name):
		x.escape(s) // MustRollback, CloseQuietly: whoever wrote the interface knows
	}
}

// saysItEnds reports whether the name of a method has a word in it that ends something.
func saysItEnds(name string) bool {
	for word := range endsSomething {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// concreteMethod returns the method of the resource's own type, if that is known.
func (x *explorer) concreteMethod(name string) *callee {
	if x.ob.kind == "" || x.ob.typ == nil {
		return nil
	}
	obj, _, _ := types.LookupFieldOrMethod(x.ob.typ, true, nil, name)
	if m, ok := obj.(*types.Func); ok {
		return x.an.calleeOfFunc(m)
	}
	return nil
}
