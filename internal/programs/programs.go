// Package programs finds, for each main package, the pools that the program can open
// and how many connections each may hold. It reports nothing; the rule poolbudget and
// `connlint budget` ask it.
//
// Where the pools are opened and limited, package pools knows; functions carry them
// up to main as facts.
package programs

import (
	"cmp"
	"go/token"
	"go/types"
	"reflect"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/budget"
	"github.com/connlint/connlint/internal/calls"
	"github.com/connlint/connlint/internal/pools"
	"github.com/connlint/connlint/internal/testcode"
)

// Analyzer finds the pools of the programs.
var Analyzer = &analysis.Analyzer{
	Name:       "connlintprograms",
	Doc:        "carry the pools that functions open up to main packages",
	Run:        run,
	Requires:   []*analysis.Analyzer{pools.Analyzer},
	ResultType: reflect.TypeFor[*Result](),
	FactTypes:  []analysis.Fact{new(opens), new(initOpens)},
}

// A Result is what Analyzer knows of a package.
type Result struct {
	// Program is the package with its pools if it is a main package that opens
	// any, else nil.
	Program *budget.Program
	// Main is the position of its function main.
	Main token.Pos
	// Own is the position of each pool of Program in this package, NoPos for
	// those of other packages.
	Own []token.Pos
}

// opens is the fact that a function opens pools, itself or in what it calls or
// mentions.
type opens struct{ Pools []opened }

func (*opens) AFact()         {}
func (*opens) String() string { return "opens pools" }

// initOpens is the fact that the initialization of a package opens pools.
type initOpens struct{ Pools []opened }

func (*initOpens) AFact()         {}
func (*initOpens) String() string { return "opens pools when it is initialized" }

// An opened is a pool, known by where it is opened: functions further up may still
// limit it, and say so with the same Site.
type opened struct {
	Pool budget.Pool
	// Handed reports that the package was handed the pool by another one, and
	// that Pool.Pos names that one, which may have been handed it as well.
	Handed bool
	pos    token.Pos // in this package
}

// maxPools bounds the list of a function.
const maxPools = 50

// A carrier looks at one package.
type carrier struct {
	pass     *analysis.Pass
	pools    *pools.Result
	at       map[*ssa.Function][]opened // opened by the function itself
	all      map[*ssa.Function][]opened // and by what it calls or mentions
	mentions map[*ssa.Function][]mention
}

func run(pass *analysis.Pass) (any, error) {
	res := new(Result)
	c := &carrier{
		pass:     pass,
		pools:    pass.ResultOf[pools.Analyzer].(*pools.Result),
		at:       map[*ssa.Function][]opened{},
		all:      map[*ssa.Function][]opened{},
		mentions: map[*ssa.Function][]mention{},
	}
	if !c.pools.SSA.Relevant {
		return res, nil
	}
	for _, p := range c.pools.Pools {
		if o, ok := c.opened(p); ok {
			c.at[p.Fn] = append(c.at[p.Fn], o)
		}
	}
	c.carry()
	c.export()
	if pass.Pkg.Name() == "main" {
		c.program(res)
	}
	return res, nil
}

// carry collects for each function what it and its callees open, until nothing
// changes.
func (c *carrier) carry() {
	for range 12 {
		changed := false
		for _, fn := range c.pools.SSA.Funcs {
			if testcode.Has(fn) {
				continue
			}
			all := c.of(fn)
			if len(all) != len(c.all[fn]) {
				c.all[fn] = all
				changed = true
			}
		}
		if !changed {
			return
		}
	}
}

// of returns what fn and the functions it mentions open. What the package knows of a
// pool itself comes first: it has seen the limits that were set on the way up.
func (c *carrier) of(fn *ssa.Function) []opened {
	all := slices.Clone(c.at[fn])
	for _, m := range c.mentioned(fn) {
		if m.fn != nil {
			all = c.merge(all, c.all[m.fn])
		} else {
			all = c.merge(all, m.pools)
		}
	}
	return all
}

// A mention is of a function of this package, or of another one that opens pools.
type mention struct {
	fn    *ssa.Function
	pools []opened
}

// mentioned returns what fn calls or mentions, in order.
func (c *carrier) mentioned(fn *ssa.Function) []mention {
	if found, ok := c.mentions[fn]; ok {
		return found
	}
	var found []mention
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			switch instr.(type) {
			case *ssa.UnOp, *ssa.BinOp, *ssa.FieldAddr, *ssa.IndexAddr, *ssa.Alloc, *ssa.Extract, *ssa.Slice, *ssa.If, *ssa.Jump:
				continue // most instructions; no function is an operand of these
			}
			var buf [8]*ssa.Value
			for _, v := range instr.Operands(buf[:0]) {
				if v == nil || *v == nil {
					continue
				}
				if callee := calls.Function(*v); callee == nil {
					continue
				} else if callee.Pkg == c.pools.SSA.Pkg {
					found = append(found, mention{fn: callee})
				} else if opens := c.openedBy(callee); len(opens) > 0 {
					found = append(found, mention{pools: opens})
				}
			}
			if call, ok := instr.(ssa.CallInstruction); ok && call.Common().IsInvoke() {
				if m := c.pools.Roots.Implementation(call.Common()); m != nil {
					found = append(found, mention{fn: m})
				}
			}
		}
	}
	c.mentions[fn] = found
	return found
}

// openedBy returns what a function of another package opens.
func (c *carrier) openedBy(fn *ssa.Function) []opened {
	obj, ok := fn.Object().(*types.Func)
	if !ok || obj.Pkg() == nil || obj.Pkg() == c.pass.Pkg {
		return nil
	}
	var fact opens
	if !c.pass.ImportObjectFact(obj.Origin(), &fact) {
		return nil
	}
	return fact.Pools
}

// merge adds the pools that are not in all yet. Of those that are, it takes the
// better place.
func (c *carrier) merge(all, more []opened) []opened {
	known := len(all)
	for _, o := range more {
		i := slices.IndexFunc(all[:known], func(p opened) bool { return sameSite(p.Pool.Pos, o.Pool.Pos) })
		switch {
		case i < 0 && len(all) < maxPools:
			all = append(all, o)
		case i >= 0 && all[i].Handed && !o.Handed:
			for j := range all[:known] {
				if all[j].Handed && sameSite(all[j].Pool.Pos, o.Pool.Pos) {
					all[j].Pool.Pos, all[j].Handed = o.Pool.Pos, false
				}
			}
		}
	}
	return all
}

func (c *carrier) export() {
	if c.pools.SSA.Described {
		return
	}
	for fn, all := range c.all {
		obj, ok := fn.Object().(*types.Func)
		if ok && fn.Parent() == nil && len(all) > 0 && obj.Pkg() == c.pass.Pkg {
			c.pass.ExportObjectFact(obj, &opens{all})
		}
	}
	if inits := c.initialized(); len(inits) > 0 {
		c.pass.ExportPackageFact(&initOpens{inits})
	}
}

// initialized returns what the initialization of the package, and of those it
// imports, opens.
func (c *carrier) initialized() []opened {
	var all []opened
	for _, fn := range c.pools.SSA.Funcs {
		if fn.Parent() == nil && fn.Signature.Recv() == nil && isInit(fn.Name()) {
			all = c.merge(all, c.all[fn])
		}
	}
	if init := c.pools.SSA.Pkg.Func("init"); init != nil {
		all = c.merge(all, c.of(init))
	}
	for _, imp := range c.pass.Pkg.Imports() {
		var fact initOpens
		if c.pass.ImportPackageFact(imp, &fact) {
			all = c.merge(all, fact.Pools)
		}
	}
	return all
}

func isInit(name string) bool { return name == "init" || len(name) > 5 && name[:5] == "init#" }

// program fills in what a main package can open.
func (c *carrier) program(res *Result) {
	all := c.initialized()
	if main := c.pools.SSA.Pkg.Func("main"); main != nil {
		res.Main = main.Pos()
		all = c.merge(slices.Clone(c.all[main]), all)
	}
	if len(all) == 0 {
		return
	}
	slices.SortFunc(all, func(a, b opened) int { return cmp.Compare(a.Pool.Pos, b.Pool.Pos) })
	res.Program = &budget.Program{Package: c.pass.Pkg.Path()}
	names := map[string]int{}
	for _, o := range all {
		names[o.Pool.Name]++
	}
	for _, o := range all {
		if names[o.Pool.Name] > 1 {
			o.Pool.Name += "@" + o.Pool.Pos // names tell pools apart in the configuration
		}
		res.Program.Pools = append(res.Program.Pools, o.Pool)
		res.Own = append(res.Own, o.pos)
	}
}
