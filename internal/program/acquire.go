package program

import "fmt"

// leaf is part of a statement without blocks.
type leaf struct{}

func (leaf) blocks() []*[]node { return nil }

// A ref is a variable that holds a resource, or a field of one.
type ref struct {
	name string
	kind Kind
}

// acquire: v, err := db.Query(...)
type acquire struct {
	leaf
	v    ref
	how  string // "", helper, parent, must
	of   ref    // parent
	decl bool
	site int
}

func (n *acquire) constructs() []string {
	out := map[string][]string{"helper": {"acquire through a helper"}, "parent": {"acquire from a tx or conn"}, "must": {"acquire or panic"}}[n.how]
	switch {
	case isField(n.v.name):
		out = append(out, "acquire into a field")
	case !n.decl:
		out = append(out, "acquire into a variable")
	case n.how == "":
		out = append(out, "acquire")
	}
	return out
}

func (n *acquire) write(p *printer) {
	op := "="
	if n.decl {
		op = ":="
	}
	call := n.v.kind.Acquire
	switch n.how {
	case "helper":
		call = "opens_" + n.v.kind.Name + "(db)"
	case "parent":
		call = n.of.name + "." + n.v.kind.Of[n.of.kind.Name]
	}
	if p.executed {
		of := "nil"
		if n.how == "parent" {
			of = n.of.name
		}
		call = fmt.Sprintf("acquire(%d, %s, func() (%s, error) { return %s })", n.site, of, n.v.kind.Type, call)
	}
	if n.how == "must" {
		p.linef("%s %s must(%s)", n.v.name, op, call)
		p.site(n.site)
		p.linef("_ = %s", n.v.name)
		return
	}
	p.linef("%s, err %s %s", n.v.name, op, call)
	p.site(n.site)
	if n.decl {
		p.linef("_, _ = %s, err", n.v.name)
	}
}

func (n *acquire) exec(m *machine, e *env) signal {
	var parent *resource
	failed := false
	if n.how == "parent" {
		if parent = e.lookup(n.of.name).res; parent == nil {
			return panics
		}
		failed = !parent.held // it has ended
	}
	if n.decl {
		e.declare(n.v.name)
		if n.how != "must" && !e.here("err") {
			e.declare("err")
		}
	}
	v := e.lookup(n.v.name)
	var r *resource
	if !failed {
		r = m.acquire(n.site, n.v.kind.Name, parent)
	}
	if n.how == "must" && r == nil {
		return panics
	}
	v.res = r
	if n.how != "must" {
		e.lookup("err").err = r == nil
	}
	return goesOn
}

// declare: var v *sql.Rows
type declare struct {
	leaf
	v ref
}

func (n *declare) constructs() []string { return nil }

func (n *declare) write(p *printer) {
	p.linef("var %s %s", n.v.name, n.v.kind.Type)
	p.linef("_ = %s", n.v.name)
}

func (n *declare) exec(_ *machine, e *env) signal {
	e.declare(n.v.name)
	return goesOn
}

// alias: w := v
type alias struct {
	leaf
	w, v    ref
	generic bool
}

func (n *alias) constructs() []string {
	if n.generic {
		return []string{"alias through a generic function"}
	}
	return []string{"alias"}
}

func (n *alias) write(p *printer) {
	if n.generic {
		p.linef("%s := same(%s)", n.w.name, n.v.name)
	} else {
		p.linef("%s := %s", n.w.name, n.v.name)
	}
	p.linef("_ = %s", n.w.name)
}

func (n *alias) exec(_ *machine, e *env) signal {
	r := e.lookup(n.v.name).res
	e.declare(n.w.name).res = r
	return goesOn
}

// box: w := box{v: v}, of which w.v is used from then on
type box struct {
	leaf
	w       string
	v       ref
	pointer bool
}

func isField(name string) bool { return len(name) > 2 && name[len(name)-2:] == ".v" }

func (n *box) constructs() []string { return []string{"struct field"} }

func (n *box) write(p *printer) {
	amp := ""
	if n.pointer {
		amp = "&"
	}
	p.linef("%s := %sbox_%s{v: %s}", n.w, amp, n.v.kind.Name, n.v.name)
	p.linef("_ = %s", n.w)
}

func (n *box) exec(_ *machine, e *env) signal {
	r := e.lookup(n.v.name).res
	e.declare(n.w + ".v").res = r
	return goesOn
}
