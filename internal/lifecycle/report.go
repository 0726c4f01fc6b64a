package lifecycle

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
)

// stepAt describes a branch that a path took, by the text of its condition.
func (e *engine) stepAt(h *step) Step {
	outcome := "false"
	if h.taken {
		outcome = "true"
	}
	sites := e.sitesOf()
	var cond ast.Expr = sites.conds[h.pos]
	if call := sites.calls[h.pos]; cond == nil && call != nil {
		cond = call.call
	}
	if cond == nil {
		return Step{Pos: h.pos, Message: "this is " + outcome}
	}
	text := types.ExprString(cond)
	if len(text) > 40 {
		text = "this"
	}
	return Step{Pos: cond.Pos(), End: cond.End(), Message: text + " is " + outcome}
}

// dropDoubles drops a lost commit where the same commit is reported as one that must
// not happen.
func (e *engine) dropDoubles() {
	wrong := map[token.Pos]bool{}
	for _, f := range e.result.Faults {
		if f.Sort == CommitAfter {
			wrong[f.Pos] = true
		}
	}
	e.result.Faults = slices.DeleteFunc(e.result.Faults, func(f *Fault) bool {
		return f.Sort == CommitLost && wrong[f.Pos]
	})
}

// report adds a fault found on a path.
func (x *explorer) report(sort Sort, exit token.Pos, s *state) {
	f := &Fault{Sort: sort, Exit: exit, block: x.in, spawned: s.spawned.IsValid(), lent: s.lent, looped: s.looped, kept: s.kept}
	if sort == ErrUnread {
		f.Path = append(f.Path, Step{Pos: s.endPos, Message: "the iteration ends here"})
	}
	var steps []Step
	for h := s.hist; h != nil && len(steps) < 4; h = h.prev {
		steps = append(steps, x.an.stepAt(h))
	}
	slices.Reverse(steps)
	f.Path = append(f.Path, steps...)
	x.faults = append(x.faults, f)
}

// fileFirst files the first fault of each group; a resource is reported once.
func (e *engine) fileFirst(ob *obligation, faults []*Fault) {
	slices.SortStableFunc(faults, func(a, b *Fault) int {
		return cmp.Or(cmp.Compare(a.Sort, b.Sort), cmp.Compare(a.Exit, b.Exit))
	})
	group := func(s Sort) int {
		if s == CommitAfter {
			return 1
		}
		return 0
	}
	done := map[int]bool{}
	for _, f := range faults {
		if (f.lent || ob.pastLoop(f.block)) && !ob.owned || ob.presumed && !ob.completed {
			continue // somebody else may be the owner
		}
		if f.kept && ob.leaves && !ob.owned {
			continue // in a struct that never releases it, and that others get on other paths
		}
		if f.spawned && ob.shared {
			continue // they will have told each other
		}
		at := place{ob.site, ob.result, f.Sort}
		if g := group(f.Sort); !done[g] && !e.filed[at] {
			done[g], e.filed[at] = true, true
			e.file(ob, f)
		}
	}
}

// A place is where a fault is reported: once, however many types the result may have.
type place struct {
	site   ssa.CallInstruction
	result int
	sort   Sort
}

// file completes a fault and adds it to the result.
func (e *engine) file(ob *obligation, f *Fault) {
	f.Kind = ob.kind
	f.Pos, f.End = e.extent(ob.site)
	if f.Sort == Unchecked || f.Sort == CommitAfter {
		f.Pos, f.End = f.Exit, token.NoPos
		if site := e.sitesOf().calls[f.Exit]; site != nil {
			f.Pos, f.End = site.call.Pos(), site.call.End()
		}
	}
	f.Name = e.variable(ob)
	f.Call = e.callName(ob.site)
	f.Release = e.releaseWords(ob)
	f.Wrapper = ob.wrapper
	f.ob = ob
	f.Fixes = e.fixes(f)
	e.result.Faults = append(e.result.Faults, f)
}

// extent returns the range of the call expression.
func (e *engine) extent(instr ssa.CallInstruction) (pos, end token.Pos) {
	if site := e.sitesOf().calls[instr.Pos()]; site != nil {
		return site.call.Pos(), site.call.End()
	}
	return instr.Pos(), token.NoPos
}

// releaseWords names the ways to release, for messages.
func (e *engine) releaseWords(ob *obligation) string {
	if len(ob.release) > 0 {
		return orList(ob.release)
	}
	switch ob.kind {
	case catalog.Tx:
		return "Commit or Rollback"
	case catalog.Row:
		return "Scan"
	}
	if tf := e.cat.TypeFact(ob.typ); tf != nil {
		var names []string
		for _, f := range e.cat.Facts() {
			if f.Verb == "release" && strings.HasPrefix(f.Name, "(*"+tf.Name+").") {
				names = append(names, f.Name[strings.LastIndex(f.Name, ".")+1:])
			}
		}
		if slices.Contains(names, "Release") {
			return "Release"
		}
	}
	return "Close"
}

func orList(names []string) string {
	if len(names) > 3 {
		names = names[:3]
	}
	return strings.Join(names, " or ")
}

// variable returns the name of the variable that the resource is assigned to, or "".
func (e *engine) variable(ob *obligation) string {
	site := e.sitesOf().calls[ob.site.Pos()]
	if site == nil {
		return ""
	}
	lhs := site.lhs()
	if ob.result >= len(lhs) {
		return ""
	}
	in := ""
	if field := fieldAt(ob.typ, ob.path); field != nil && ob.wrapper == "" {
		in = "." + field.Name()
	}
	switch t := ast.Unparen(lhs[ob.result]).(type) {
	case *ast.Ident:
		if t.Name != "_" {
			return t.Name + in
		}
		return t.Name
	case *ast.SelectorExpr:
		return types.ExprString(t) + in
	}
	return ""
}
