package program

import "fmt"

// branch: if cond { ... } else { ... }
type branch struct {
	cond        cond
	then, else_ []node
}

func (n *branch) blocks() []*[]node { return []*[]node{&n.then, &n.else_} }

func (n *branch) constructs() []string {
	return []string{map[string]string{
		"bool": "branch on a boolean", "flag": "branch on a variable", "err": "branch on the error", "nil": "branch on nil", "next": "branch on Next",
	}[n.cond.what]}
}

func (n *branch) write(p *printer) {
	p.linef("if %s {", n.cond.text())
	p.block(n.then)
	if len(n.else_) > 0 {
		p.linef("} else {")
		p.block(n.else_)
	}
	p.linef("}")
}

func (n *branch) exec(m *machine, e *env) signal {
	ok, sig := n.cond.eval(m, e)
	switch {
	case sig != goesOn:
		return sig
	case ok:
		return m.block(n.then, e.inner())
	}
	return m.block(n.else_, e.inner())
}

// cond: what a branch asks.
type cond struct {
	what string // bool, flag, err, nil, next
	v    string
	bool int
	not  bool
}

func (c cond) text() string {
	pick := func(yes, no string) string {
		if c.not {
			return no
		}
		return yes
	}
	switch c.what {
	case "err":
		return pick("err != nil", "err == nil")
	case "nil":
		return c.v + pick(" != nil", " == nil")
	case "next":
		return pick("", "!") + c.v + ".Next()"
	case "flag":
		return fmt.Sprintf("%sf%d", pick("", "!"), c.bool)
	}
	return fmt.Sprintf("%sb%d", pick("", "!"), c.bool)
}

func (c cond) eval(m *machine, e *env) (ok bool, sig signal) {
	switch c.what {
	case "err":
		ok = e.lookup("err").err
	case "nil":
		ok = e.lookup(c.v).res != nil
	case "next":
		ok, sig = m.more(e.lookup(c.v).res)
	case "flag":
		ok = m.flags[fmt.Sprint("f", c.bool)]
	default:
		ok = m.param(fmt.Sprint("b", c.bool), 2) == 1
	}
	return ok != c.not, sig
}

// loop: for range n { ... }, for range seq(n) { ... }, for v.Next() { ... }, or a goto
type loop struct {
	id   int
	how  string // "", seq, next, goto
	n    int    // parameter
	v    string
	body []node
}

func (n *loop) blocks() []*[]node { return []*[]node{&n.body} }

func (n *loop) constructs() []string {
	return []string{map[string]string{"": "loop", "seq": "loop over a function", "next": "loop over Next", "goto": "loop by goto"}[n.how]}
}

func (n *loop) write(p *printer) {
	if n.how == "goto" {
		p.linef("i%d := 0", n.id)
		p.linef("L%d:", n.id)
		p.linef("if i%d < n%d {", n.id, n.n)
		p.linef("\ti%d++", n.id)
		p.block(n.body)
		p.linef("\tgoto L%d", n.id)
		p.linef("}")
		return
	}
	if leads(n.body, n.id) {
		p.linef("L%d:", n.id)
	}
	switch n.how {
	case "next":
		p.linef("for %s.Next() {", n.v)
	case "seq":
		p.linef("for range seq(n%d) {", n.n)
	default:
		p.linef("for range n%d {", n.n)
	}
	p.block(n.body)
	p.linef("}")
}

func (n *loop) exec(m *machine, e *env) signal {
	turns := 0
	if n.how != "next" {
		turns = m.param(fmt.Sprint("n", n.n), maxTurns+1)
	}
	for i := 0; ; i++ {
		if n.how == "next" {
			more, sig := m.more(e.lookup(n.v).res)
			if sig != goesOn {
				return sig
			}
			if !more {
				return goesOn
			}
		} else if i == turns {
			return goesOn
		}
		switch sig := m.block(n.body, e.inner()); sig {
		case breaks, continues:
			if m.target != 0 && m.target != n.id {
				return sig
			}
			m.target = 0
			if sig == breaks {
				return goesOn
			}
		case goesOn:
		default:
			return sig
		}
	}
}

// leads reports whether something in body goes to the label of this number.
func leads(body []node, id int) bool {
	for _, n := range body {
		if l, ok := n.(*leave); ok && l.label == id {
			return true
		}
		for _, b := range n.blocks() {
			if leads(*b, id) {
				return true
			}
		}
	}
	return false
}

// skip: a block, and a label after it to which a goto inside leads
type skip struct {
	id   int
	body []node
}

func (n *skip) blocks() []*[]node    { return []*[]node{&n.body} }
func (n *skip) constructs() []string { return nil }

func (n *skip) write(p *printer) {
	p.linef("{")
	p.block(n.body)
	p.linef("}")
	if leads(n.body, n.id) {
		p.linef("L%d:", n.id)
		p.linef("_ = db")
	}
}

func (n *skip) exec(m *machine, e *env) signal {
	sig := m.block(n.body, e.inner())
	if sig == jumps && m.target == n.id {
		m.target = 0
		return goesOn
	}
	return sig
}

// choice: switch n { case 0: ... case 1: ... default: ... }, or a select
type choice struct {
	n        int
	channels bool
	arms     [3][]node
}

func (n *choice) blocks() []*[]node { return []*[]node{&n.arms[0], &n.arms[1], &n.arms[2]} }

func (n *choice) constructs() []string {
	if n.channels {
		return []string{"select"}
	}
	return []string{"switch"}
}

func (n *choice) write(p *printer) {
	head, arm := fmt.Sprintf("switch n%d {", n.n), "case %d:"
	if n.channels {
		head, arm = "select {", "case <-c%d:"
	}
	p.linef("%s", head)
	for i, body := range n.arms {
		if i == 2 {
			p.linef("default:")
		} else {
			p.linef(arm, i)
		}
		p.block(body)
	}
	p.linef("}")
}

func (n *choice) exec(m *machine, e *env) signal {
	arm := 0
	if n.channels {
		arm = m.choose(3)
	} else {
		arm = min(m.param(fmt.Sprint("n", n.n), maxTurns+1), 2)
	}
	sig := m.block(n.arms[arm], e.inner())
	if sig == breaks && m.target == 0 {
		return goesOn
	}
	return sig
}

// leave: return err, return nil, break, continue, goto, panic
type leave struct {
	leaf
	sig   signal
	label int    // of a loop or skip, or 0
	nil   bool   // return nil
	v     string // the resource that is returned, if the function returns one
}

func (n *leave) constructs() []string {
	switch {
	case n.sig == returns:
		return []string{"return"}
	case n.sig == panics:
		return []string{"panic"}
	case n.sig == jumps:
		return []string{"goto"}
	case n.label != 0:
		return []string{"break or continue to a label"}
	}
	return []string{"break or continue"}
}

func (n *leave) write(p *printer) {
	label := ""
	if n.label != 0 {
		label = fmt.Sprintf(" L%d", n.label)
	}
	value := "err"
	if n.nil {
		value = "nil"
	}
	switch {
	case n.sig == breaks:
		p.linef("break%s", label)
	case n.sig == continues:
		p.linef("continue%s", label)
	case n.sig == jumps:
		p.linef("goto%s", label)
	case n.sig == panics:
		p.linef("panic(errOdd)")
	case p.results == 0:
		p.linef("return")
	case p.results == 1:
		p.linef("return %s", value)
	case n.v != "":
		p.linef("return %s, %s", n.v, value)
	default:
		p.linef("return nil, %s", value)
	}
}

func (n *leave) exec(m *machine, e *env) signal {
	m.target = n.label
	if fr := m.frames[len(m.frames)-1]; n.sig == returns && fr.err != nil {
		// The named results take the values: deferred literals see them.
		failed := !n.nil && e.lookup("err").err
		if len(m.frames) == 1 && n.v != "" {
			m.out.res = e.lookup(n.v).res
		}
		fr.err.err = failed
	}
	return n.sig
}

// assign: err = step(), err = errOdd, err = nil, f0 = true, f0 = false
type assign struct {
	leaf
	what string
	flag int // number of the boolean, from 1, or 0
}

func (n *assign) constructs() []string {
	if n.flag > 0 {
		return []string{"assignment to a boolean"}
	}
	return []string{"assignment to the error"}
}

func (n *assign) write(p *printer) {
	if n.flag > 0 {
		p.linef("f%d = %s", n.flag-1, n.what)
		return
	}
	p.linef("err = %s", n.what)
}

func (n *assign) exec(m *machine, e *env) signal {
	if n.flag > 0 {
		m.flags[fmt.Sprint("f", n.flag-1)] = n.what == "true"
		return goesOn
	}
	c := e.lookup("err")
	switch n.what {
	case "step()":
		c.err = m.choose(2) == 1
	case "nil":
		c.err = false
	default:
		c.err = true
	}
	return goesOn
}
