package program

import (
	"fmt"
	"math/rand/v2"
)

// Generate writes a function of its own choice. The same numbers give the same function.
func Generate(name string, r *rand.Rand) *Func {
	f := &Func{Name: name, Kind: Kinds[r.IntN(len(Kinds))], bools: 1 + r.IntN(2)}
	g := &generator{r: r, f: f, budget: 4 + r.IntN(14)}
	f.Body = g.block(scope{}, 0)
	return f
}

// Name returns the name of function number i of a package.
func Name(i int) string { return fmt.Sprintf("F%d", i) }

type generator struct {
	r      *rand.Rand
	f      *Func
	budget int // statements left to write
	vars   int
	sites  int
}

// A scope is what a statement may refer to.
type scope struct {
	vars    []string
	loop    bool // break and continue are allowed
	literal bool
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
	case k < 14:
		return []node{&closing{v: v, helper: g.chance(20)}}, false
	case k < 26:
		return []node{&closing{v: v, deferred: true, helper: g.chance(20)}}, false
	case k < 36:
		return []node{g.deferredLiteral(v)}, false
	case k < 42:
		how := []string{"looks", "looks", "maybe", "keep"}[g.r.IntN(4)]
		return []node{&use{v: v, how: how, bool: g.r.IntN(g.f.bools)}}, false
	case k < 62 && depth < 3:
		return []node{g.branch(*sc, v, depth)}, false
	case k < 74 && depth < 3:
		return []node{g.loop(*sc, v, depth)}, false
	case k < 78 && depth < 2:
		return []node{g.choice(*sc, depth)}, false
	case k < 82:
		w := g.variable(sc)
		return []node{&alias{w: w, v: v}}, false
	case k < 86 && depth < 2:
		inner := *sc
		inner.loop, inner.literal = false, true
		return []node{&literal{body: g.block(inner, depth+1)}}, false
	case k < 94:
		what := []string{"step()", "step()", "step()", "nil", "errOdd"}[g.r.IntN(5)]
		out := []node{&assign{what: what}}
		if g.chance(60) {
			out = append(out, g.check())
		}
		return out, false
	case depth > 0:
		return []node{g.leave(*sc)}, true
	}
	return []node{&closing{v: v}}, false
}

func (g *generator) chance(percent int) bool { return g.r.IntN(100) < percent }

func (g *generator) variable(sc *scope) string {
	v := fmt.Sprintf("v%d", g.vars)
	g.vars++
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
	var out []node
	if len(sc.vars) > 0 && g.chance(35) {
		n.v = sc.vars[g.r.IntN(len(sc.vars))]
	} else {
		n.v = g.variable(sc)
		n.decl = g.chance(70)
		if !n.decl {
			out = append(out, &declare{v: n.v})
		}
	}
	out = append(out, n)
	if g.chance(85) {
		out = append(out, g.check())
	}
	return out
}

// deferredLiteral closes, mostly under a condition that is asked when it runs.
func (g *generator) deferredLiteral(v string) node {
	end := []node{&closing{v: v}}
	switch g.r.IntN(4) {
	case 0:
		return &literal{deferred: true, body: end}
	case 1:
		return &literal{deferred: true, body: []node{&branch{cond: cond{what: "err", not: g.chance(20)}, then: end}}}
	case 2:
		c := cond{what: "bool", bool: g.r.IntN(g.f.bools), not: g.chance(50)}
		return &literal{deferred: true, body: []node{&branch{cond: c, then: end}}}
	}
	return &literal{deferred: true, body: []node{&branch{cond: cond{what: "nil", v: v}, then: end}}}
}

func (g *generator) branch(sc scope, v string, depth int) node {
	c := cond{what: "bool", v: v, bool: g.r.IntN(g.f.bools), not: g.chance(40)}
	switch k := g.r.IntN(10); {
	case k < 2:
		c.what = "err"
	case k < 4:
		c.what = "nil"
	case k < 6 && g.f.Kind.Next:
		c.what = "next"
	}
	n := &branch{cond: c, then: g.block(sc, depth+1)}
	if g.chance(40) {
		n.else_ = g.block(sc, depth+1)
	}
	return n
}

func (g *generator) loop(sc scope, v string, depth int) node {
	n := &loop{}
	if g.f.Kind.Next && g.chance(60) {
		n.v = v
	} else {
		n.n = g.f.ints
		g.f.ints++
	}
	sc.loop = true
	n.body = g.block(sc, depth+1)
	return n
}

func (g *generator) choice(sc scope, depth int) node {
	n := &choice{n: g.f.ints}
	g.f.ints++
	for i := range n.arms {
		n.arms[i] = g.block(sc, depth+1)
	}
	return n
}

func (g *generator) leave(sc scope) node {
	if sc.loop && g.chance(60) {
		return &leave{sig: []signal{breaks, continues}[g.r.IntN(2)]}
	}
	return &leave{sig: returns, nil: g.chance(30)}
}
