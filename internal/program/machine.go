package program

// A machine runs a function with one list of choices: what fails, what is true, how
// often a loop turns.
type machine struct {
	choices []int // made so far, each below the bound of the same index
	bounds  []int
	next    int
	steps   int

	params    map[string]int
	flags     map[string]bool
	resources []*resource
	frames    []*frame
	err, out  *cell // the results
	target    int   // the loop that a break or continue means, or the label of a goto
	panicking bool  // a deferred call runs, and may recover
	crashed   bool  // nobody can recover

	acquires map[int]bool // that returned a resource in some run
	leaks    map[int]bool // those whose resource is held when it should not be
	doubtful map[int]bool // those whose resource is held where a nil pointer ends the run
}

// A resource is what one acquire has returned.
type resource struct {
	site   int
	kind   string
	held   bool
	gone   bool // somebody else's
	rows   int  // read so far
	parent *resource
}

// withTx reports whether r belongs to a transaction that goes on: if something is wrong
// then that.
func (r *resource) withTx() bool {
	return r.parent != nil && r.parent.kind == "tx" && r.parent.held
}

// A cell is a variable: a resource or an error.
type cell struct {
	res *resource
	err bool // not nil
}

// An env is a scope. Who keeps an inner one sees what was declared by then.
type env struct{ head, base *binding }

type binding struct {
	name string
	cell *cell
	up   *binding
}

func (e *env) inner() *env { return &env{e.head, e.head} }

func (e *env) lookup(name string) *cell {
	for b := e.head; b != nil; b = b.up {
		if b.name == name {
			return b.cell
		}
	}
	panic("no variable " + name)
}

// here reports whether the name is declared in this very scope.
func (e *env) here(name string) bool {
	for b := e.head; b != e.base; b = b.up {
		if b.name == name {
			return true
		}
	}
	return false
}

func (e *env) declare(name string) *cell {
	c := &cell{}
	e.head = &binding{name, c, e.head}
	return c
}

// A frame is a function that is running: its deferred calls.
type frame struct {
	defers []func() signal
	err    *cell // the named result, if it has one
}

// A signal says how a statement ended.
type signal int

const (
	goesOn signal = iota
	breaks
	continues
	jumps
	returns
	panics
)

// limits of a run and of a function.
const (
	maxSteps = 600
	maxRuns  = 12000
	maxTurns = 3 // of a loop: as many as it takes to show all that more turns would
	maxRows  = 3 // of a result
)

// choose returns a number below n, another one in another run.
func (m *machine) choose(n int) int {
	if m.next == len(m.choices) {
		m.choices = append(m.choices, 0)
		m.bounds = append(m.bounds, n)
	}
	m.next++
	return m.choices[m.next-1]
}

// advance moves on to the next list of choices, and reports whether there is one.
func (m *machine) advance() bool {
	m.choices, m.bounds = m.choices[:m.next], m.bounds[:m.next]
	for i := len(m.choices) - 1; i >= 0; i-- {
		if m.choices[i]++; m.choices[i] < m.bounds[i] {
			m.choices, m.bounds = m.choices[:i+1], m.bounds[:i+1]
			return true
		}
	}
	return false
}

// param returns the value of a parameter, the same throughout a run.
func (m *machine) param(name string, n int) int {
	v, ok := m.params[name]
	if !ok {
		v = m.choose(n)
		m.params[name] = v
	}
	return v
}

// Leaks runs f with every list of choices. For each acquire that returned a resource in
// some run it says whether a resource of its is still held when f returns in some run, or
// when the same acquire is reached again. It returns false if there are too many runs to
// say. An acquire whose resource stays held only where a panic ends the function is left
// out, since whether that is a leak depends on who recovers, and so is one whose
// resource stays held only with its transaction.
func (f *Func) Leaks() (map[int]bool, bool) {
	m := &machine{acquires: map[int]bool{}, leaks: map[int]bool{}, doubtful: map[int]bool{}}
	for range maxRuns {
		m.next, m.steps, m.params, m.flags, m.resources = 0, 0, map[string]int{}, map[string]bool{}, nil
		m.panicking, m.crashed = false, false
		if !m.call(f.Body) {
			return nil, false
		}
		if !m.advance() {
			return m.verdicts(), true
		}
	}
	return nil, false
}

// call runs the function once; it returns false if that takes too many steps.
func (m *machine) call(body []node) bool {
	e := &env{}
	m.out, m.err = &cell{}, e.declare("err")
	sig := m.function(body, e, m.err)
	if m.steps >= maxSteps {
		return false
	}
	held := m.leaks
	if sig == panics {
		held = m.doubtful
	} else if m.out.res != nil {
		m.out.res.gone = true
	}
	for _, r := range m.resources {
		switch {
		case !r.held || r.gone:
		case r.withTx():
			m.doubtful[r.site] = true // what is wrong is that the transaction goes on
		default:
			held[r.site] = true
		}
	}
	return true
}

func (m *machine) verdicts() map[int]bool {
	out := map[int]bool{}
	for site := range m.acquires {
		if m.leaks[site] || !m.doubtful[site] {
			out[site] = m.leaks[site]
		}
	}
	return out
}

// function runs a body with a frame of its own, and what it deferred.
func (m *machine) function(body []node, e *env, err *cell) signal {
	fr := &frame{err: err}
	m.frames = append(m.frames, fr)
	defer func() { m.frames = m.frames[:len(m.frames)-1] }()
	sig := m.block(body, e)
	if m.crashed {
		return panics
	}
	outer := m.panicking
	defer func() { m.panicking = outer }()
	m.panicking = sig == panics
	for i := len(fr.defers) - 1; i >= 0; i-- {
		switch deferred := fr.defers[i](); {
		case deferred == panics:
			m.panicking, sig = true, panics
		case sig == panics && !m.panicking:
			sig = returns
		}
	}
	return sig
}

func (m *machine) block(body []node, e *env) signal {
	for _, n := range body {
		if m.steps++; m.steps >= maxSteps {
			m.crashed = true
			return panics
		}
		if sig := n.exec(m, e); sig != goesOn {
			return sig
		}
	}
	return goesOn
}

// deferCall has f run when the function ends that runs now.
func (m *machine) deferCall(f func() signal) {
	fr := m.frames[len(m.frames)-1]
	fr.defers = append(fr.defers, f)
}

// acquire makes a resource, or returns nil where that fails.
func (m *machine) acquire(site int, kind string, parent *resource) *resource {
	for _, r := range m.resources {
		switch {
		case r.site != site || !r.held || r.gone:
		case r.withTx():
			m.doubtful[site] = true
		default:
			m.leaks[site] = true
		}
	}
	if m.choose(2) == 1 {
		return nil
	}
	m.acquires[site] = true
	r := &resource{site: site, kind: kind, held: true, parent: parent}
	m.resources = append(m.resources, r)
	return r
}

// release closes what a variable holds; a nil pointer panics. What belongs to a
// transaction ends with it; a connection waits for ever for what belongs to it.
func (m *machine) release(r *resource) signal {
	if r == nil {
		return panics
	}
	if !r.held {
		return goesOn
	}
	for _, child := range m.resources {
		switch {
		case child.parent != r || !child.held || child.gone:
		case r.kind == "conn":
			m.leaks[child.site] = true
			m.crashed = true
			return panics
		default:
			child.held = false
		}
	}
	r.held = false
	return goesOn
}

// more is Next of r; false closes.
func (m *machine) more(r *resource) (bool, signal) {
	switch {
	case r == nil:
		return false, panics
	case !r.held:
		return false, goesOn
	case r.rows < maxRows && m.choose(2) == 1:
		r.rows++
		return true, goesOn
	}
	r.held = false
	return false, goesOn
}
