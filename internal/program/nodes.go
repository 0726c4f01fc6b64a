package program

import "fmt"

type leaf struct{}

func (leaf) blocks() []*[]node { return nil }

// acquire: v, err := db.Query(...)
type acquire struct {
	leaf
	v    string
	decl bool
	site int
}

func (n *acquire) write(p *printer) {
	op := "="
	if n.decl {
		op = ":="
	}
	p.linef("%s, err %s %s", n.v, op, p.kind.Acquire)
	p.sites[p.line-1] = n.site
	if n.decl {
		p.linef("_, _ = %s, err", n.v)
	}
}

func (n *acquire) exec(m *machine, e *env) signal {
	if n.decl {
		e.declare(n.v)
		if _, ok := e.vars["err"]; !ok {
			e.declare("err")
		}
	}
	v, err := e.lookup(n.v), e.lookup("err")
	if m.choose(2) == 1 {
		v.res, err.err = nil, true
		return goesOn
	}
	v.res, err.err = m.acquire(n.site), false
	return goesOn
}

// declare: var v *sql.Rows
type declare struct {
	leaf
	v string
}

func (n *declare) write(p *printer) {
	p.linef("var %s %s", n.v, p.kind.Type)
	p.linef("_ = %s", n.v)
}

func (n *declare) exec(_ *machine, e *env) signal {
	e.declare(n.v)
	return goesOn
}

// alias: w := v
type alias struct {
	leaf
	w, v string
}

func (n *alias) write(p *printer) {
	p.linef("%s := %s", n.w, n.v)
	p.linef("_ = %s", n.w)
}

func (n *alias) exec(_ *machine, e *env) signal {
	r := e.lookup(n.v).res
	e.declare(n.w).res = r
	return goesOn
}

// closing: v.Close()
type closing struct {
	leaf
	v        string
	deferred bool
	helper   bool
}

func (n *closing) write(p *printer) {
	word := ""
	if n.deferred {
		word = "defer "
	}
	if n.helper {
		p.linef("%scloses_%s(%s)", word, p.kind.Name, n.v)
	} else {
		p.linef("%s%s.%s", word, n.v, p.kind.Release)
	}
}

func (n *closing) exec(m *machine, e *env) signal {
	r := e.lookup(n.v).res
	if n.deferred {
		fr := m.frames[len(m.frames)-1]
		fr.defers = append(fr.defers, func() signal { return release(r) })
		return goesOn
	}
	return release(r)
}

// use: a callee that looks, or closes if a boolean is true, or keeps.
type use struct {
	leaf
	v    string
	how  string // looks, maybe, keep
	bool int
}

func (n *use) write(p *printer) {
	switch n.how {
	case "keep":
		p.linef("keep(%s)", n.v)
	case "maybe":
		p.linef("maybe_%s(%s, b%d)", p.kind.Name, n.v, n.bool)
	default:
		p.linef("looks_%s(%s)", p.kind.Name, n.v)
	}
}

func (n *use) exec(m *machine, e *env) signal {
	r := e.lookup(n.v).res
	switch n.how {
	case "keep":
		if r != nil {
			r.gone = true
		}
	case "maybe":
		if m.param(fmt.Sprint("b", n.bool), 2) == 1 {
			return release(r)
		}
	}
	return goesOn
}

// literal: func() { ... }(), called now or deferred.
type literal struct {
	deferred bool
	body     []node
}

func (n *literal) blocks() []*[]node { return []*[]node{&n.body} }

func (n *literal) write(p *printer) {
	word := ""
	if n.deferred {
		word = "defer "
	}
	p.linef("%sfunc() {", word)
	outer := p.result
	p.result = false
	p.block(n.body)
	p.result = outer
	p.linef("}()")
}

func (n *literal) exec(m *machine, e *env) signal {
	call := func() signal {
		if m.function(n.body, e.inner()) == panics {
			return panics
		}
		return goesOn
	}
	if n.deferred {
		fr := m.frames[len(m.frames)-1]
		fr.defers = append(fr.defers, call)
		return goesOn
	}
	return call()
}

// branch: if cond { ... } else { ... }
type branch struct {
	cond        cond
	then, else_ []node
}

func (n *branch) blocks() []*[]node { return []*[]node{&n.then, &n.else_} }

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
	what string // bool, err, nil, next
	v    string
	bool int
	not  bool
}

func (c cond) text() string {
	switch c.what {
	case "err":
		if c.not {
			return "err == nil"
		}
		return "err != nil"
	case "nil":
		if c.not {
			return c.v + " == nil"
		}
		return c.v + " != nil"
	case "next":
		if c.not {
			return "!" + c.v + ".Next()"
		}
		return c.v + ".Next()"
	}
	if c.not {
		return fmt.Sprintf("!b%d", c.bool)
	}
	return fmt.Sprintf("b%d", c.bool)
}

func (c cond) eval(m *machine, e *env) (ok bool, sig signal) {
	switch c.what {
	case "err":
		ok = e.lookup("err").err
	case "nil":
		ok = e.lookup(c.v).res != nil
	case "next":
		ok, sig = m.more(e.lookup(c.v).res)
	default:
		ok = m.param(fmt.Sprint("b", c.bool), 2) == 1
	}
	return ok != c.not, sig
}

// loop: for range n { ... }, or for v.Next() { ... }
type loop struct {
	n    int // parameter
	v    string
	body []node
}

func (n *loop) blocks() []*[]node { return []*[]node{&n.body} }

func (n *loop) write(p *printer) {
	if n.v != "" {
		p.linef("for %s.Next() {", n.v)
	} else {
		p.linef("for range n%d {", n.n)
	}
	p.block(n.body)
	p.linef("}")
}

func (n *loop) exec(m *machine, e *env) signal {
	turns := 0
	if n.v == "" {
		turns = m.param(fmt.Sprint("n", n.n), 3)
	}
	for i := 0; ; i++ {
		if n.v != "" {
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
		case breaks:
			return goesOn
		case returns, panics:
			return sig
		}
	}
}

// choice: switch n { case 0: ... case 1: ... default: ... }
type choice struct {
	n    int
	arms [3][]node
}

func (n *choice) blocks() []*[]node { return []*[]node{&n.arms[0], &n.arms[1], &n.arms[2]} }

func (n *choice) write(p *printer) {
	p.linef("switch n%d {", n.n)
	for i, arm := range n.arms {
		if i == 2 {
			p.linef("default:")
		} else {
			p.linef("case %d:", i)
		}
		p.block(arm)
	}
	p.linef("}")
}

func (n *choice) exec(m *machine, e *env) signal {
	sig := m.block(n.arms[m.param(fmt.Sprint("n", n.n), 3)], e.inner())
	if sig == breaks {
		return goesOn
	}
	return sig
}

// leave: return err, return nil, break, continue
type leave struct {
	leaf
	sig signal
	nil bool // return nil
}

func (n *leave) write(p *printer) {
	switch {
	case n.sig == breaks:
		p.linef("break")
	case n.sig == continues:
		p.linef("continue")
	case !p.result:
		p.linef("return")
	case n.nil:
		p.linef("return nil")
	default:
		p.linef("return err")
	}
}

func (n *leave) exec(m *machine, e *env) signal {
	if n.sig == returns && len(m.frames) == 1 {
		// The named result takes the value: deferred literals see it.
		failed := !n.nil && e.lookup("err").err
		outermost(e).vars["err"].err = failed
	}
	return n.sig
}

func outermost(e *env) *env {
	for e.up != nil {
		e = e.up
	}
	return e
}

// assign: err = step(), err = errOdd, err = nil
type assign struct {
	leaf
	what string
}

func (n *assign) write(p *printer) { p.linef("err = %s", n.what) }

func (n *assign) exec(m *machine, e *env) signal {
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
