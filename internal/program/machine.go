package program

// A machine runs a function with one list of choices: what fails, what is true, how
// often a loop turns.
type machine struct {
	choices []int // made so far, each below the bound of the same index
	bounds  []int
	next    int
	steps   int

	params    map[string]int
	resources []*resource
	frames    []*frame
	acquires  map[int]bool // that returned a resource in some run
	leaks     map[int]bool // those whose resource is held when it should not be
	doubtful  map[int]bool // those whose resource is held where a nil pointer ends the run
}

// A resource is what one acquire has returned.
type resource struct {
	site int
	held bool
	gone bool // somebody else's
	rows int  // read so far
}

// A cell is a variable: a resource or an error.
type cell struct {
	res *resource
	err bool // not nil
}

// An env is a scope.
type env struct {
	vars map[string]*cell
	up   *env
}

func (e *env) inner() *env { return &env{map[string]*cell{}, e} }

func (e *env) lookup(name string) *cell {
	for ; e != nil; e = e.up {
		if c, ok := e.vars[name]; ok {
			return c
		}
	}
	panic("no variable " + name)
}

func (e *env) declare(name string) *cell {
	c := &cell{}
	e.vars[name] = c
	return c
}

// A frame is a function that is running: its deferred calls.
type frame struct{ defers []func() signal }

// A signal says how a statement ended.
type signal int

const (
	goesOn signal = iota
	breaks
	continues
	returns
	panics
)

// limits of a run and of a function.
const (
	maxSteps = 400
	maxRuns  = 6000
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
// say. An acquire whose resource stays held only where a nil pointer makes the function
// panic is left out: whether that is a leak depends on who recovers.
func (f *Func) Leaks() (map[int]bool, bool) {
	m := &machine{acquires: map[int]bool{}, leaks: map[int]bool{}, doubtful: map[int]bool{}}
	for range maxRuns {
		m.next, m.steps, m.params, m.resources = 0, 0, map[string]int{}, nil
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
	e := &env{vars: map[string]*cell{}}
	e.declare("err")
	sig := m.function(body, e)
	if m.steps >= maxSteps {
		return false
	}
	held := m.leaks
	if sig == panics {
		held = m.doubtful
	}
	for _, r := range m.resources {
		if r.held && !r.gone {
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
func (m *machine) function(body []node, e *env) signal {
	fr := &frame{}
	m.frames = append(m.frames, fr)
	defer func() { m.frames = m.frames[:len(m.frames)-1] }()
	sig := m.block(body, e)
	for i := len(fr.defers) - 1; i >= 0; i-- {
		if fr.defers[i]() == panics {
			sig = panics
		}
	}
	return sig
}

func (m *machine) block(body []node, e *env) signal {
	for _, n := range body {
		if m.steps++; m.steps >= maxSteps {
			return panics
		}
		if sig := n.exec(m, e); sig != goesOn {
			return sig
		}
	}
	return goesOn
}

func (m *machine) acquire(site int) *resource {
	for _, r := range m.resources {
		if r.site == site && r.held && !r.gone {
			m.leaks[site] = true
		}
	}
	m.acquires[site] = true
	r := &resource{site: site, held: true}
	m.resources = append(m.resources, r)
	return r
}

// release closes what a variable holds; a nil pointer panics.
func release(r *resource) signal {
	if r == nil {
		return panics
	}
	r.held = false
	return goesOn
}

// more is Next of r: at most two rows, and false closes.
func (m *machine) more(r *resource) (bool, signal) {
	switch {
	case r == nil:
		return false, panics
	case !r.held:
		return false, goesOn
	case r.rows < 2 && m.choose(2) == 1:
		r.rows++
		return true, goesOn
	}
	r.held = false
	return false, goesOn
}
