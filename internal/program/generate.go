package program

import (
	"fmt"
	"math/rand/v2"
)

// Generate writes a function of its own choice. The same numbers give the same function.
func Generate(name string, r *rand.Rand) *Func {
	f := &Func{Name: name, Kind: Kinds[r.IntN(len(Kinds))], Out: r.IntN(5) == 0, bools: 1 + r.IntN(2), flags: r.IntN(2)}
	g := &generator{r: r, f: f, budget: 4 + r.IntN(14)}
	var first []node
	if g.chance(10) {
		first = []node{&recovers{}}
	}
	f.Body = append(first, g.block(scope{}, 0)...)
	return f
}

// Name returns the name of function number i of a package.
func Name(i int) string { return fmt.Sprintf("F%d", i) }

type generator struct {
	r      *rand.Rand
	f      *Func
	budget int // statements left to write
	names  int
	sites  int
	labels int
}

// A scope is what a statement may refer to.
type scope struct {
	vars    []ref
	bound   []string // method values
	loop    bool     // break and continue are allowed
	loops   []int    // labels of loops, for break and continue
	skips   []int    // labels for goto
	literal bool     // inside a literal: no resource can be returned
}

func (g *generator) block(sc scope, depth int) []node {
	var out []node
	for n := 1 + g.r.IntN(4) + max(0, 3-depth); n > 0 && g.budget > 0; n-- {
		g.budget--
		body, last := g.statement(&sc, depth)
		out = append(out, body...)
		if last {
			break
		}
	}
	return out
}

// statement returns a few nodes that belong together, and whether the last of them
// leaves the block.
func (g *generator) statement(sc *scope, depth int) (body []node, last bool) {
	if len(sc.vars) == 0 || g.chance(15) {
		return g.acquire(sc), false
	}
	v := sc.vars[g.r.IntN(len(sc.vars))]
	switch k := g.r.IntN(100); {
	case k < 13:
		return []node{g.release(v)}, false
	case k < 24:
		return []node{&closing{v: v, when: "defer", how: g.closer(v)}}, false
	case k < 33:
		return []node{g.deferredLiteral(v)}, false
	case k < 41:
		return g.use(v), false
	case k < 60 && depth < 3:
		return []node{g.branch(*sc, v, depth)}, false
	case k < 71 && depth < 3:
		return []node{g.loop(*sc, v, depth)}, false
	case k < 75 && depth < 2:
		return []node{g.choice(*sc, depth)}, false
	case k < 81:
		return []node{g.rename(sc, v)}, false
	case k < 85 && depth < 2:
		inner := *sc
		inner.loop, inner.loops, inner.skips, inner.literal = false, nil, nil, true
		return []node{&literal{named: g.chance(40), body: g.block(inner, depth+1)}}, false
	case k < 93:
		return g.assign(), false
	case k < 95 && depth < 2:
		inner := *sc
		id := g.label()
		inner.skips = append(inner.skips[:len(inner.skips):len(inner.skips)], id)
		return []node{&skip{id: id, body: g.block(inner, depth+1)}}, false
	case depth > 0:
		return []node{g.leave(*sc)}, true
	}
	return []node{g.release(v)}, false
}

func (g *generator) chance(percent int) bool { return g.r.IntN(100) < percent }

// one returns one of the words, each as often as it is there.
func (g *generator) one(words ...string) string { return words[g.r.IntN(len(words))] }

func (g *generator) name(letter string) string {
	g.names++
	return fmt.Sprintf("%s%d", letter, g.names-1)
}

func (g *generator) label() int {
	g.labels++
	return g.labels
}

func (g *generator) variable(sc *scope, k Kind) ref {
	return g.add(sc, ref{g.name("v"), k})
}

func (g *generator) add(sc *scope, v ref) ref {
	sc.vars = append(sc.vars[:len(sc.vars):len(sc.vars)], v)
	return v
}

// check: if err != nil { return err }
func (g *generator) check() node {
	return &branch{cond: cond{what: "err"}, then: []node{&leave{sig: returns}}}
}

func (g *generator) acquire(sc *scope) []node {
	n := &acquire{site: g.sites}
	g.sites++
	n.v.kind = g.f.Kind
	if len(sc.vars) > 0 && g.chance(40) {
		of := sc.vars[g.r.IntN(len(sc.vars))]
		for _, k := range Kinds {
			if k.Of[of.kind.Name] != "" && g.chance(60) {
				n.v.kind, n.how, n.of = k, "parent", of
			}
		}
	}
	if n.how == "" {
		n.how = g.one("", "", "", "", "", "", "helper", "must")
	}
	var old []ref
	for _, v := range sc.vars {
		if v.kind.Name == n.v.kind.Name {
			old = append(old, v)
		}
	}
	var out []node
	if len(old) > 0 && g.chance(35) {
		n.v = old[g.r.IntN(len(old))]
	} else {
		n.v = g.variable(sc, n.v.kind)
		n.decl = g.chance(70)
		if !n.decl {
			out = append(out, &declare{v: n.v})
		}
	}
	out = append(out, n)
	if n.how != "must" && g.chance(85) {
		out = append(out, g.check())
	}
	return out
}

// closer says who closes.
func (g *generator) closer(v ref) string {
	if isField(v.name) && g.chance(40) {
		return "method"
	}
	return g.one("", "", "", "", "", "", "helper", "generic")
}

func (g *generator) release(v ref) node {
	n := &closing{v: v, how: g.closer(v)}
	switch {
	case n.how != "":
	case g.chance(10):
		n.when = "go"
	case v.kind.Name == "tx" && g.chance(40):
		n.how = "commit"
	case g.chance(20):
		n.how = "checked"
	}
	return n
}

// deferredLiteral closes, mostly under a condition that is asked when it runs.
func (g *generator) deferredLiteral(v ref) node {
	end := &closing{v: v}
	if g.chance(25) {
		end.how = "checked"
	}
	body := []node{end}
	var c cond
	switch k := g.r.IntN(9); {
	case k < 2:
		return &literal{deferred: true, body: body}
	case k < 4:
		c = cond{what: "err", not: g.chance(20)}
	case k < 6:
		c = cond{what: "bool", bool: g.r.IntN(g.f.bools), not: g.chance(50)}
	case k < 7 && g.f.flags > 0:
		c = cond{what: "flag", bool: g.r.IntN(g.f.flags), not: g.chance(70)}
	default:
		c = cond{what: "nil", v: v.name}
	}
	return &literal{deferred: true, body: []node{&branch{cond: c, then: body}}}
}

func (g *generator) use(v ref) []node {
	n := &use{v: v, how: g.one("looks", "looks", "maybe", "keep", "fails", "fails", "done"), bool: g.r.IntN(g.f.bools)}
	switch n.how {
	case "fails":
		if g.chance(70) {
			return []node{n, g.check()}
		}
	case "done":
		if g.f.flags == 0 {
			g.f.flags = 1
		}
		n.bool = g.r.IntN(g.f.flags)
	}
	return []node{n}
}

// rename gives the resource another name: of a variable, a field, a method value.
func (g *generator) rename(sc *scope, v ref) node {
	if len(sc.bound) > 0 && g.chance(50) {
		return &callBound{w: sc.bound[g.r.IntN(len(sc.bound))], deferred: g.chance(50)}
	}
	switch k := g.r.IntN(10); {
	case k < 3 && !isField(v.name):
		w := g.name("h")
		g.add(sc, ref{w + ".v", v.kind})
		return &box{w: w, v: v, pointer: g.chance(50)}
	case k < 6:
		w := g.name("end")
		sc.bound = append(sc.bound[:len(sc.bound):len(sc.bound)], w)
		return &bind{w: w, v: v}
	}
	return &alias{w: g.variable(sc, v.kind), v: v, generic: g.chance(30)}
}

func (g *generator) assign() []node {
	if g.f.flags > 0 && g.chance(40) {
		return []node{&assign{flag: 1 + g.r.IntN(g.f.flags), what: g.one("true", "true", "false")}}
	}
	out := []node{&assign{what: g.one("step()", "step()", "step()", "nil", "errOdd")}}
	if g.chance(60) {
		out = append(out, g.check())
	}
	return out
}

func (g *generator) branch(sc scope, v ref, depth int) node {
	c := cond{what: "bool", v: v.name, bool: g.r.IntN(g.f.bools), not: g.chance(40)}
	switch k := g.r.IntN(12); {
	case k < 2:
		c.what = "err"
	case k < 4:
		c.what = "nil"
	case k < 6 && v.kind.Next:
		c.what = "next"
	case k < 8 && g.f.flags > 0:
		c.what, c.bool = "flag", g.r.IntN(g.f.flags)
	}
	n := &branch{cond: c, then: g.block(sc, depth+1)}
	if g.chance(40) {
		n.else_ = g.block(sc, depth+1)
	}
	return n
}

func (g *generator) loop(sc scope, v ref, depth int) node {
	n := &loop{id: g.label(), how: g.one("", "", "", "seq", "goto")}
	if v.kind.Next && g.chance(60) {
		n.how, n.v = "next", v.name
	} else {
		n.n = g.f.ints
		g.f.ints++
	}
	// In a loop by goto, break means the loop around it.
	if sc.loop = n.how != "goto"; sc.loop {
		sc.loops = append(sc.loops[:len(sc.loops):len(sc.loops)], n.id)
	}
	n.body = g.block(sc, depth+1)
	return n
}

func (g *generator) choice(sc scope, depth int) node {
	n := &choice{channels: g.chance(40)}
	if !n.channels {
		n.n = g.f.ints
		g.f.ints++
	}
	for i := range n.arms {
		n.arms[i] = g.block(sc, depth+1)
	}
	return n
}

func (g *generator) leave(sc scope) node {
	switch k := g.r.IntN(100); {
	case len(sc.skips) > 0 && k < 40:
		return &leave{sig: jumps, label: sc.skips[g.r.IntN(len(sc.skips))]}
	case sc.loop && k < 60:
		return &leave{sig: []signal{breaks, continues}[g.r.IntN(2)]}
	case len(sc.loops) > 0 && k < 75:
		return &leave{sig: []signal{breaks, continues}[g.r.IntN(2)], label: sc.loops[g.r.IntN(len(sc.loops))]}
	case k > 93:
		return &leave{sig: panics}
	}
	n := &leave{sig: returns, nil: g.chance(30)}
	if g.f.Out && !sc.literal && g.chance(60) {
		for _, v := range sc.vars {
			if v.kind.Name == g.f.Kind.Name {
				n.v = v.name
			}
		}
	}
	return n
}
