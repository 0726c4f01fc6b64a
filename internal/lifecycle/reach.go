package lifecycle

import "golang.org/x/tools/go/ssa"

// A reachability answers which blocks of a function can come after which.
type reachability struct {
	from [][]uint64 // by block, a bit for each that can come after it; nil: not yet asked
}

// follows reports whether b can be executed after the end of a.
func (e *engine) follows(a, b *ssa.BasicBlock) bool {
	if a.Parent() != b.Parent() {
		return false
	}
	r := e.reach[a.Parent()]
	if r == nil {
		r = &reachability{from: make([][]uint64, len(a.Parent().Blocks))}
		e.reach[a.Parent()] = r
	}
	set := r.from[a.Index]
	if set == nil {
		set = make([]uint64, (len(r.from)+63)/64)
		work := append([]*ssa.BasicBlock(nil), a.Succs...)
		for len(work) > 0 {
			c := work[len(work)-1]
			work = work[:len(work)-1]
			if bit := uint64(1) << (c.Index % 64); set[c.Index/64]&bit == 0 {
				set[c.Index/64] |= bit
				work = append(work, c.Succs...)
			}
		}
		r.from[a.Index] = set
	}
	return set[b.Index/64]&(1<<(b.Index%64)) != 0
}

// before reports whether a comes before b in the same block.
func before(a, b ssa.Instruction) bool {
	for _, i := range a.Block().Instrs {
		if i == a {
			return true
		}
		if i == b {
			return false
		}
	}
	return false
}

// mayPrecede reports whether a can be executed before b.
func (e *engine) mayPrecede(a, b ssa.Instruction) bool {
	if a.Block() == b.Block() && before(a, b) {
		return true
	}
	return e.follows(a.Block(), b.Block())
}

// mustPrecede reports whether a is always executed before b.
func mustPrecede(a, b ssa.Instruction) bool {
	if a.Block() == b.Block() {
		return before(a, b)
	}
	return a.Block().Dominates(b.Block())
}

// atoi parses the digits of a catalog attribute, which the parser has seen.
func atoi(s string) int {
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	return n
}
