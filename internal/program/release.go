package program

import (
	"fmt"
	"strings"
)

// closing: v.Close(), now, deferred or in a goroutine
type closing struct {
	leaf
	v    ref
	when string // "", defer, go
	how  string // "", helper, generic, method, checked, commit
}

func (n *closing) constructs() []string {
	switch n.how {
	case "generic":
		return []string{"release through a generic function"}
	case "method":
		return []string{"release in a method"}
	case "checked":
		return []string{"release whose error is looked at"}
	case "commit":
		return []string{"commit"}
	}
	switch n.when {
	case "defer":
		return []string{"deferred release"}
	case "go":
		return []string{"release in a goroutine"}
	}
	return []string{"release"}
}

func (n *closing) write(p *printer) {
	call := n.v.name + "." + n.v.kind.Release
	switch n.how {
	case "helper":
		call = fmt.Sprintf("closes_%s(%s)", n.v.kind.Name, n.v.name)
	case "generic":
		call = fmt.Sprintf("closes(%s)", n.v.name)
		if n.v.kind.Name == "tx" {
			call = fmt.Sprintf("ends(%s)", n.v.name)
		}
	case "method":
		call = strings.TrimSuffix(n.v.name, ".v") + ".end()"
	case "commit":
		p.linef("err = %s.Commit()", n.v.name)
		return
	case "checked":
		p.linef("if e := %s; e != nil && err == nil {", call)
		p.linef("\terr = e")
		p.linef("}")
		return
	}
	if n.when != "" {
		call = n.when + " " + call
	}
	p.linef("%s", call)
}

func (n *closing) exec(m *machine, e *env) signal {
	v, err := e.lookup(n.v.name), (*cell)(nil)
	if n.how == "commit" || n.how == "checked" {
		err = e.lookup("err")
	}
	r := v.res
	switch n.when {
	case "go":
		if r == nil {
			m.crashed = true
		}
	case "defer":
		m.deferCall(func() signal {
			if n.how == "method" {
				r = v.res // the method reads the field when it runs
			}
			return m.release(r)
		})
		return goesOn
	}
	ended := r != nil && !r.held
	if sig := m.release(r); sig != goesOn {
		return sig
	}
	switch n.how {
	case "commit":
		err.err = ended || m.choose(2) == 1
	case "checked":
		// Closing again is no error, but for a transaction or connection.
		failed := ended && (n.v.kind.Name == "tx" || n.v.kind.Name == "conn") || !ended && m.choose(2) == 1
		err.err = err.err || failed
	}
	return goesOn
}

// bind: end := v.Close
type bind struct {
	leaf
	w string
	v ref
}

func (n *bind) constructs() []string { return []string{"method value"} }

func (n *bind) write(p *printer) {
	method, _, _ := strings.Cut(n.v.kind.Release, "(")
	p.linef("%s := %s.%s", n.w, n.v.name, method)
	p.linef("_ = %s", n.w)
}

func (n *bind) exec(_ *machine, e *env) signal {
	r := e.lookup(n.v.name).res
	e.declare(n.w).res = r
	return goesOn
}

// callBound: end(), or defer end()
type callBound struct {
	leaf
	w        string
	deferred bool
}

func (n *callBound) constructs() []string { return nil }

func (n *callBound) write(p *printer) {
	if n.deferred {
		p.linef("defer %s()", n.w)
	} else {
		p.linef("%s()", n.w)
	}
}

func (n *callBound) exec(m *machine, e *env) signal {
	r := e.lookup(n.w).res
	if n.deferred {
		m.deferCall(func() signal { return m.release(r) })
		return goesOn
	}
	return m.release(r)
}

// use: a callee that looks, or closes if a boolean is true or something fails, or keeps.
type use struct {
	leaf
	v    ref
	how  string // looks, maybe, keep, fails, done
	bool int
}

func (n *use) constructs() []string {
	switch n.how {
	case "fails":
		return []string{"callee that releases on an error"}
	case "done":
		return []string{"callee that releases and says so"}
	case "keep":
		return []string{"kept by somebody else"}
	}
	return []string{"callee"}
}

func (n *use) write(p *printer) {
	k, v := n.v.kind.Name, n.v.name
	switch n.how {
	case "keep":
		p.linef("keep(%s)", v)
	case "maybe":
		p.linef("maybe_%s(%s, b%d)", k, v, n.bool)
	case "fails":
		p.linef("err = fails_%s(%s)", k, v)
	case "done":
		p.linef("f%d = done_%s(%s)", n.bool, k, v)
	default:
		p.linef("looks_%s(%s)", k, v)
	}
}

func (n *use) exec(m *machine, e *env) signal {
	r := e.lookup(n.v.name).res
	switch n.how {
	case "keep":
		if r != nil {
			r.gone = true
		}
	case "maybe":
		if m.param(fmt.Sprint("b", n.bool), 2) == 1 {
			return m.release(r)
		}
	case "fails", "done":
		closed := m.choose(2) == 1
		if closed {
			if sig := m.release(r); sig != goesOn {
				return sig
			}
		}
		if n.how == "fails" {
			e.lookup("err").err = closed
		} else {
			m.flags[fmt.Sprint("f", n.bool)] = closed
		}
	}
	return goesOn
}
