package lifecycle

import (
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
)

// Bounds on one exploration. Past them the engine gives up, silently.
const (
	maxStates = 128           // of one block
	maxSteps  = 20000         // instructions executed
	maxInFunc = 20 * maxSteps // by all explorations of a function, before what is left of it gets less
	maxLate   = 200           // instructions executed then
	maxInline = 5             // nested function literals
	maxDefers = 200           // deferred calls that wait on one path
	maxAsking = 32            // calls through which it is asked whether a result is nil
)

// A goal is the question an exploration answers.
type goal uint8

const (
	giveBack  goal = iota // is the resource released on every path?
	readError             // is the iteration error looked at?
	readEnded             // the same of a parameter whose iteration has ended
	unchecked             // is the resource used where the acquire failed?
)

// An obligation is one resource to follow.
type obligation struct {
	goal   goal
	kind   catalog.Kind // "" for a parameter of interface type
	typ    types.Type   // of the resource
	fn     *ssa.Function
	site   ssa.CallInstruction // the acquire; nil for a parameter
	result int                 // of site
	root   ssa.Value           // what carries the resource: a result of site, or a parameter
	path   string              // where in root the resource is
	err    ssa.Value           // the error that comes with it, or nil

	release      []string  // names of the releasing methods of a wrapper, beside the catalog's
	wrapper      string    // name of the wrapper's type
	fails        bool      // the acquire returns an error beside the resource
	nilOnErr     bool      // the resource is nil when err is not
	onErr        string    // the package-level error with which the callee may hand the resource out all the same
	with         []When    // what is known of the boolean results of site
	done         []int     // results of site, functions, that give it back when they are called
	parent       ssa.Value // the transaction or connection it was acquired from
	parentEnds   bool      // the resource ends with its parent
	parentBlocks bool      // giving the parent back waits for the resource
	ctxEnds      bool      // it ends with the context it was acquired with
	cancel       ssa.Value // the function that ends the context it lives in, if that ends it

	// presumed is that it is acquired if this function completes it, by a commit or a deferred
	// release: who only rolls back, or closes what is broken, takes part in what is another's.
	presumed, completed bool

	res   *symbol // the resource itself
	again *symbol // what a builder's method returns: the resource with another error
	errAt string  // the path of the field with the error of a builder

	owned    bool // on some path this function releases it
	repeats  bool // the acquire is reached again
	escapes  bool // on some path it goes to somebody unknown
	leaves   bool // on some path it becomes somebody else's
	onlyRead bool // some path gives it back only by reading to the end

	lentIn *ssa.BasicBlock              // the head of a loop that lends it
	lentTo map[ssa.CallInstruction]bool // the calls that it is lent to
	shared bool                         // a goroutine gives it back on some paths, the function on others

	during []ssa.CallInstruction
	waits  []ssa.Instruction
	seen   map[ssa.Instruction]bool
}

// An exit is a way out of a function or of an inlined literal.
type exit struct {
	state   *state
	results []ssa.Value
	ret     *ssa.Return
	pos     token.Pos
}

// A frame is a function being executed.
type frame struct {
	fn     *ssa.Function
	depth  int
	defers int // the frame whose end runs what is deferred here
	stack  *frame
}

// An explorer walks the paths of one function for one obligation.
type explorer struct {
	an *engine
	ob *obligation

	nums   *numbering
	steps  int
	late   bool // the function has had its share
	gaveUp bool
	at     token.Pos // of the instruction being executed
	in     *ssa.BasicBlock

	panicking bool  // deferred calls run because of a panic
	inDefer   int   // depth of deferred calls being run
	asking    int   // depth of questions after the results of calls
	returning truth // what the path returns as its error, while deferred calls run: no means an error

	faults []*Fault
}

// giveUp abandons the obligation.
func (x *explorer) giveUp() { x.gaveUp = true }

type point struct {
	block *ssa.BasicBlock
	index int
	state *state
}

// run executes f from a point on and returns its exits.
func (x *explorer) run(f *frame, start point) []exit {
	var exits []exit
	seenExits := map[string]bool{}
	visited := map[*ssa.BasicBlock]map[string]bool{}
	work := []point{start}
	for len(work) > 0 && !x.gaveUp {
		p := work[len(work)-1]
		work = work[:len(work)-1]
		if p.index == 0 {
			x.prune(p.block, p.state)
			key := p.state.key(x.nums)
			set := visited[p.block]
			if set == nil {
				set = map[string]bool{}
				visited[p.block] = set
			}
			if set[key] {
				continue
			}
			if len(set) >= maxStates {
				x.giveUp()
				return nil
			}
			set[key] = true
		}
		next, out := x.block(f, p)
		for _, exit := range x.split(out) {
			key := exit.state.key(x.nums)
			for _, r := range exit.results {
				key += string(rune(x.nums.of(r)))
			}
			if f.depth == 0 {
				key += string(rune(exit.pos))
			}
			if !seenExits[key] {
				seenExits[key] = true
				exits = append(exits, exit)
			}
		}
		// Depth first, the first successor first: paths come in source order.
		for i := len(next) - 1; i >= 0; i-- {
			work = append(work, next[i])
		}
	}
	if len(exits) > 4*maxStates && f.depth > 0 {
		x.giveUp()
	}
	return exits
}

// split makes two exits of one that returns the result of Next as its own.
func (x *explorer) split(e *exit) []exit {
	if e == nil {
		return nil
	}
	for i, r := range e.results {
		ifMore, ok := x.asksMore(r, e.state)
		if !ok {
			continue
		}
		more, end := *e, *e
		more.results, end.results = slices.Clone(e.results), slices.Clone(e.results)
		end.state = e.state.fork()
		more.results[i], end.results[i] = boolSym(ifMore), boolSym(!ifMore)
		x.exhausted(end.state)
		return []exit{more, end}
	}
	return []exit{*e}
}

// asksMore reports whether v is the result of Next, or its negation, and what it is
// while there are rows.
func (x *explorer) asksMore(v ssa.Value, s *state) (ifMore, ok bool) {
	switch t := v.(type) {
	case *symbol:
		return true, t.sort == nextSym
	case *ssa.UnOp:
		if t.Op == token.NOT {
			ifMore, ok = x.asksMore(x.resolve(t.X, s), s)
			return !ifMore, ok
		}
	case *ssa.BinOp:
		l, r := x.resolve(t.X, s), x.resolve(t.Y, s)
		if isBool(l) {
			l, r = r, l
		}
		if (t.Op == token.EQL || t.Op == token.NEQ) && isBool(r) {
			ifMore, ok = x.asksMore(l, s)
			return ifMore == (isSym(r, trueSym) == (t.Op == token.EQL)), ok
		}
	}
	return false, false
}

// done reports whether nothing can happen any more that the goal asks about.
func (x *explorer) done(s *state) bool {
	switch s.status {
	case released, gone:
		return true
	}
	return false
}

// block executes instructions from p to the end of the block.
func (x *explorer) block(f *frame, p point) (next []point, out *exit) {
	s := p.state
	x.in = p.block
	for i := p.index; i < len(p.block.Instrs); i++ {
		if f.depth == 0 && x.done(s) && x.stopsEarly() {
			return nil, nil
		}
		x.an.result.steps++
		if x.steps++; x.steps > maxSteps || x.late && x.steps > maxLate {
			x.giveUp()
			return nil, nil
		}
		instr := p.block.Instrs[i]
		if pos := instr.Pos(); pos.IsValid() {
			x.at = pos
		}
		switch t := instr.(type) {
		case *ssa.If:
			return x.branch(f, p.block, t, s), nil
		case *ssa.Jump:
			succ := p.block.Succs[0]
			if x.ob.goal == unchecked && succ.Dominates(p.block) {
				return nil, nil // the next round of a loop starts over
			}
			x.enter(p.block, succ, s)
			return []point{{succ, 0, s}}, nil
		case *ssa.Panic:
			return nil, x.panics(f, p.block, s)
		case *ssa.Return:
			return nil, x.leave(f, t, s)
		case ssa.CallInstruction:
			states := x.callInstruction(f, t, s)
			if len(states) == 1 {
				s = states[0]
				continue
			}
			for _, st := range states {
				next = append(next, point{p.block, i + 1, st})
			}
			return next, nil
		case *ssa.RunDefers:
			states := x.runDefers(f, p.block, s)
			if len(states) == 1 {
				s = states[0]
				continue
			}
			for _, st := range states {
				next = append(next, point{p.block, i + 1, st})
			}
			return next, nil
		default:
			x.simple(instr, s)
		}
	}
	return nil, nil
}

// stopsEarly reports whether a path may be abandoned once its resource is dealt
// with: not when what becomes of a parameter is being summarized.
func (x *explorer) stopsEarly() bool { return x.ob.site != nil }

// branch follows both ways of an If, as far as they are possible.
func (x *explorer) branch(f *frame, b *ssa.BasicBlock, t *ssa.If, s *state) []point {
	var next []point
	for i, succ := range b.Succs {
		st := s
		if i == 0 {
			st = s.fork()
		}
		if !x.learn(t.Cond, i == 0, st) {
			continue
		}
		if x.ob.goal == unchecked && succ.Dominates(b) {
			continue // the next round of a loop starts over
		}
		if pos := condPos(t); pos.IsValid() {
			st.hist = &step{pos: pos, taken: i == 0, prev: st.hist}
		}
		x.enter(b, succ, st)
		next = append(next, point{succ, 0, st})
	}
	return next
}

func condPos(t *ssa.If) token.Pos {
	if pos := t.Cond.Pos(); pos.IsValid() {
		return pos
	}
	return t.Pos()
}

// leave makes the exit at a return.
func (x *explorer) leave(f *frame, t *ssa.Return, s *state) *exit {
	e := &exit{state: s, ret: t, pos: returnPos(f.fn, t)}
	for _, r := range t.Results {
		e.results = append(e.results, x.condense(r, s))
	}
	return e
}

// returnPos returns a valid position for a return: an implicit one stands at the
// closing brace.
func returnPos(fn *ssa.Function, t *ssa.Return) token.Pos {
	if t.Pos().IsValid() {
		return t.Pos()
	}
	if syn := fn.Syntax(); syn != nil && syn.End().IsValid() {
		return syn.End() - 1
	}
	return fn.Pos()
}

// simple executes an instruction that neither branches nor calls.
func (x *explorer) simple(instr ssa.Instruction, s *state) {
	switch t := instr.(type) {
	case *ssa.Alloc:
		s.dropCells(t, "")
		s.setCell(t, zeroFields, anyNil)
	case *ssa.Store:
		x.store(t.Addr, t.Val, s)
	case *ssa.UnOp:
		s.forget(t)
		if g, ok := t.X.(*ssa.Global); ok && t.Op == token.MUL && isErrorVariable(g) {
			s.bind(t, x.an.sentinel(g))
			return
		}
		if t.Op == token.MUL {
			root, path := x.address(t.X, s)
			x.load(t, root, path, s)
		} else if t.Op == token.ARROW {
			x.noteWait(t, s)
			if x.carries(t.X, s) {
				s.status = gone
			}
		}
	case *ssa.Field:
		s.forget(t)
		r := x.resolve(t.X, s)
		x.load(t, r, fieldPath(t.Field), s)
	case *ssa.Send:
		x.noteWait(t, s)
		if x.carries(t.X, s) {
			x.escape(s)
		}
	case *ssa.MapUpdate:
		if x.carries(t.Value, s) || x.carries(t.Key, s) {
			x.escape(s)
		}
	case *ssa.Select:
		if t.Blocking {
			x.noteWait(t, s)
		}
		for _, st := range t.States {
			if st.Send != nil && x.carries(st.Send, s) {
				x.escape(s)
			}
		}
	case *ssa.TypeAssert, *ssa.Lookup, *ssa.BinOp, *ssa.Convert, *ssa.Index, *ssa.Next:
		s.forgetTuple(t.(ssa.Value)) // asked again, a question gets a new answer
	}
}

// forgetTuple drops what is known about v and about the values extracted from it: v
// is computed anew.
func (s *state) forgetTuple(v ssa.Value) {
	s.forget(v)
	if v.Referrers() == nil {
		return
	}
	for _, ref := range *v.Referrers() {
		if e, ok := ref.(*ssa.Extract); ok {
			s.forget(e)
		}
	}
}

// zeroFields is the path of the mark that the fields of a variable not yet stored
// to are zero.
const zeroFields = "*"
