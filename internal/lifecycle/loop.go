package lifecycle

import (
	"golang.org/x/tools/go/ssa"
)

// again handles the acquire being reached while its last resource is in hand.
func (x *explorer) again(s *state) {
	x.ob.repeats = true
	if s.status != held || x.ob.goal != giveBack {
		return
	}
	if x.keptAcross(s) {
		return // a variable of the loop still has it, and some condition that is not followed guards the acquire
	}
	sort := Leak
	if x.deferredRelease(s) {
		sort = LoopHeld
	}
	x.report(sort, x.ob.site.Pos(), s)
}

// keptAcross reports whether a variable that outlives a round of the loop holds the
// resource when the acquire is reached again.
func (x *explorer) keptAcross(s *state) bool {
	b := x.ob.site.Block()
	for _, e := range s.env {
		if _, ok := e.key.(*ssa.Phi); ok && (isSym(e.val, resourceSym) || x.carries(e.val, s)) && e.key.Parent() == x.ob.fn && x.an.live.liveIn(e.key, b) {
			return true
		}
	}
	if x.an.everyRound(b) {
		return false
	}
	for _, c := range s.cells {
		if isSym(c.val, resourceSym) && c.root != x.ob.root {
			return true
		}
	}
	// A variable of the loop, as in: if n == 0 { tx, err = db.Begin() }
	seen := map[ssa.Value]bool{}
	return x.ob.root != nil && reachesHeader(x.ob.root, b, seen)
}

// reachesHeader reports whether v is merged into a variable at the head of a loop
// around b.
func reachesHeader(v ssa.Value, b *ssa.BasicBlock, seen map[ssa.Value]bool) bool {
	if seen[v] || v.Referrers() == nil {
		return false
	}
	seen[v] = true
	for _, ref := range *v.Referrers() {
		phi, ok := ref.(*ssa.Phi)
		if !ok {
			continue
		}
		if phi.Block().Dominates(b) && phi.Block() != b || reachesHeader(phi, b, seen) {
			return true
		}
	}
	return false
}

// everyRound reports whether every round of the innermost loop around b passes
// through b.
func (e *engine) everyRound(b *ssa.BasicBlock) bool {
	for h := b; h != nil; h = h.Idom() {
		header := false
		for _, p := range h.Preds {
			if h == p || h.Dominates(p) {
				header = true
				if !b.Dominates(p) {
					return false
				}
			}
		}
		if header {
			return true
		}
	}
	return true
}
