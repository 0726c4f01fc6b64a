package program

// literal: func() { ... }(), called now or deferred, or err = func() (err error) { ... }()
type literal struct {
	deferred bool
	named    bool
	body     []node
}

func (n *literal) blocks() []*[]node { return []*[]node{&n.body} }

func (n *literal) constructs() []string {
	switch {
	case n.deferred:
		return []string{"deferred literal"}
	case n.named:
		return []string{"literal with a named result"}
	}
	return []string{"literal"}
}

func (n *literal) write(p *printer) {
	outer := p.results
	switch {
	case n.deferred:
		p.linef("defer func() {")
	case n.named:
		p.linef("err = func() (err error) {")
	default:
		p.linef("func() {")
	}
	p.results = 0
	if n.named {
		p.results = 1
	}
	p.block(n.body)
	if n.named {
		p.linef("\treturn err")
	}
	p.results = outer
	p.linef("}()")
}

func (n *literal) exec(m *machine, e *env) signal {
	inner := e.inner()
	call := func() signal {
		var result *cell
		if n.named {
			result = inner.declare("err")
		}
		if m.function(n.body, inner, result) == panics {
			return panics
		}
		if n.named {
			e.lookup("err").err = result.err
		}
		return goesOn
	}
	if n.deferred {
		m.deferCall(call)
		return goesOn
	}
	return call()
}

// recovers: defer func() { if recover() != nil { err = errOdd } }()
type recovers struct{ leaf }

func (n *recovers) constructs() []string { return []string{"recover"} }

func (n *recovers) write(p *printer) {
	p.linef("defer func() {")
	p.linef("\tif recover() != nil {")
	p.linef("\t\terr = errOdd")
	p.linef("\t}")
	p.linef("}()")
}

func (n *recovers) exec(m *machine, e *env) signal {
	err := e.lookup("err")
	m.deferCall(func() signal {
		if m.panicking {
			m.panicking = false
			err.err = true
		}
		return goesOn
	})
	return goesOn
}
