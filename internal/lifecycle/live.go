package lifecycle

import (
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// tracked reports whether paths are told apart by values of type t.
func tracked(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Kind() == types.Bool || u.Kind() == types.UntypedBool || u.Kind() == types.UntypedNil
	case *types.Pointer, *types.Interface, *types.Signature, *types.Struct:
		return true
	}
	return false
}

func isBoolType(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsBoolean != 0
}

// A liveness says at the start of which blocks a value may still be used. It is
// computed value by value, when asked: few values are tracked.
type liveness struct {
	blocks map[ssa.Value]map[*ssa.BasicBlock]bool
}

// liveIn reports whether v, defined in b's function, may be used in b or after it.
func (l *liveness) liveIn(v ssa.Value, b *ssa.BasicBlock) bool {
	if l.blocks == nil {
		l.blocks = map[ssa.Value]map[*ssa.BasicBlock]bool{}
	}
	set, ok := l.blocks[v]
	if !ok {
		set = liveBlocks(v)
		l.blocks[v] = set
	}
	return set == nil || set[b]
}

// liveBlocks returns the blocks at whose start v is live; nil if it must be taken
// to be live everywhere.
func liveBlocks(v ssa.Value) map[*ssa.BasicBlock]bool {
	refs := v.Referrers()
	if refs == nil {
		return nil
	}
	instr, ok := v.(ssa.Instruction)
	if !ok {
		return nil // a parameter: there are few
	}
	def := instr.Block()
	set := map[*ssa.BasicBlock]bool{}
	var work []*ssa.BasicBlock
	mark := func(b *ssa.BasicBlock) {
		if !set[b] {
			set[b] = true
			if b != def {
				work = append(work, b)
			}
		}
	}
	var uses func(v ssa.Value, depth int) bool
	uses = func(v ssa.Value, depth int) bool {
		refs := v.Referrers()
		if refs == nil || depth > 5 {
			return false
		}
		for _, ref := range *refs {
			b := ref.Block()
			if b == nil {
				return false
			}
			switch t := ref.(type) {
			case *ssa.Phi:
				for i, e := range t.Edges {
					if e == v && i < len(b.Preds) {
						// Used at the end of the predecessor.
						if p := b.Preds[i]; p != def {
							mark(p)
						}
					}
				}
				continue
			case *ssa.MakeClosure:
				return false // the closure may run whenever
			case *ssa.ChangeType, *ssa.ChangeInterface, *ssa.MakeInterface, *ssa.TypeAssert,
				*ssa.FieldAddr, *ssa.IndexAddr, *ssa.UnOp, *ssa.BinOp, *ssa.Slice, *ssa.Extract:
				// A name for it, or a question about it, that may be used later.
				if !uses(ref.(ssa.Value), depth+1) {
					return false
				}
			}
			if b != def || usedBefore(ref, instr) {
				mark(b)
			}
		}
		return true
	}
	if !uses(v, 0) {
		return nil
	}
	for len(work) > 0 {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		for _, p := range b.Preds {
			mark(p)
		}
	}
	return set
}

// usedBefore reports whether a use in the defining block comes before the
// definition, around a loop.
func usedBefore(use, def ssa.Instruction) bool {
	for _, i := range def.Block().Instrs {
		if i == use {
			return true
		}
		if i == def {
			return false
		}
	}
	return false
}

// prune drops what no longer matters at the start of b, so that paths that differ
// only in the past meet.
func (x *explorer) prune(b *ssa.BasicBlock, s *state) {
	fn := b.Parent()
	dead := func(v ssa.Value) bool {
		return v.Parent() == fn && v != x.ob.parent && !x.an.live.liveIn(v, b) && !definedIn(v, b)
	}
	env := s.env[:0]
	for _, e := range s.env {
		if phi, ok := e.key.(*ssa.Phi); ok && phi.Block() != b && !x.carries(e.val, s) && !x.an.tested(phi) {
			continue
		}
		if !dead(e.key) {
			env = append(env, e)
		}
	}
	s.env = env
	cells := s.cells[:0]
	for _, c := range s.cells {
		if (!dead(c.root) || x.reachedByCell(c.root, s)) && !x.unasked(c, s) {
			cells = append(cells, c)
		}
	}
	s.cells = cells
	facts := s.facts[:0]
	for _, f := range s.facts {
		if !dead(f.v) || s.mentions(f.v) {
			facts = append(facts, f)
		}
	}
	s.facts = facts
}

// definedIn reports whether v is a phi of b: live from the start of b on.
func definedIn(v ssa.Value, b *ssa.BasicBlock) bool {
	phi, ok := v.(*ssa.Phi)
	return ok && phi.Block() == b && len(*phi.Referrers()) > 0
}

// mentions reports whether another binding stands for v.
func (s *state) mentions(v ssa.Value) bool {
	for _, e := range s.env {
		if e.val == v {
			return true
		}
	}
	for _, c := range s.cells {
		if c.val == v {
			return true
		}
	}
	return false
}

// reachedByCell reports whether something alive leads to the cell's root.
func (x *explorer) reachedByCell(root ssa.Value, s *state) bool {
	for _, e := range s.env {
		if e.val == root {
			return true
		}
	}
	for _, c := range s.cells {
		if c.val == root && c.root != root {
			return true
		}
	}
	for d := s.defers; d != nil; d = d.next {
		for _, a := range d.args {
			if a == root {
				return true
			}
		}
	}
	return false
}
