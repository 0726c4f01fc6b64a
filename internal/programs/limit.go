package programs

import (
	"fmt"
	"go/types"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/budget"
	"github.com/connlint/connlint/internal/pools"
)

// opened describes a pool; it reports false for those that hold no connections of a
// server.
func (c *carrier) opened(p *pools.Pool) (opened, bool) {
	switch {
	case p.Engine == pools.InProcess || p.Engine == pools.Mock:
		return opened{}, false
	case p.Fate == pools.Tests || p.Fate == pools.Untouched:
		return opened{}, false
	}
	o := opened{pos: p.Pos, Handed: p.Callee != ""}
	o.Pool.Pos = c.place(p)
	o.Pool.Name = c.name(p)
	o.Pool.Max, o.Pool.Unknown, o.Pool.Why = limitOf(p)
	if p.Fate == pools.PerRequest {
		o.Pool.Max, o.Pool.Unknown, o.Pool.Why = budget.Unlimited, false, "it is opened for every request"
	}
	return o, true
}

// limitOf returns how many connections a pool may hold, and what says so.
func limitOf(p *pools.Pool) (n budget.Count, unknown bool, why string) {
	l, set := p.Limits[pools.MaxOpen]
	pgx := strings.Contains(p.Method, "/pgxpool.")
	switch {
	case set && l.Known && l.Value > 0:
		return budget.Count(l.Value), false, fmt.Sprintf("limited to %d", l.Value)
	case set && l.Known && pgx:
		return 4, true, "a limit of 0 is that of pgxpool: 4, or the number of processors if that is more"
	case set && l.Known:
		return budget.Unlimited, false, fmt.Sprintf("a limit of %d is none", l.Value)
	case set:
		return 1, true, "its limit is decided at run time"
	case pgx && p.Fate == pools.Lost:
		return 1, true, "what limits it is not known"
	case pgx:
		return 4, true, "without a limit pgxpool takes 4, or the number of processors if that is more; the data source name may say otherwise"
	case p.Fate == pools.Lost:
		return 1, true, "what limits it is not known"
	}
	return budget.Unlimited, false, "SetMaxOpenConns is never called"
}

// place returns where the pool is opened, by the import path of the package: that is
// the same wherever it is asked. A pool that a callee of another package opens is
// known by that package and its own Site.
func (c *carrier) place(p *pools.Pool) string {
	path := c.pass.Pkg.Path()
	if p.Callee != "" {
		if callee := calleePackage(p.Call); callee != "" {
			path = callee
		}
	}
	return path + "/" + filepath.Base(p.Site)
}

func calleePackage(call ssa.CallInstruction) string {
	c := call.Common()
	var obj types.Object
	if c.IsInvoke() {
		obj = c.Method
	} else if fn := c.StaticCallee(); fn != nil {
		obj = fn.Object()
	}
	if obj == nil || obj.Pkg() == nil {
		return ""
	}
	return obj.Pkg().Path()
}

// sameSite reports whether two places are the same line: a pool that is handed
// through several packages is named by the last of them.
func sameSite(a, b string) bool {
	return a == b || a[strings.LastIndexByte(a, '/')+1:] == b[strings.LastIndexByte(b, '/')+1:] && sameFamily(a, b)
}

// sameFamily reports whether two packages share the first element of their paths,
// the host or organization that they come from.
func sameFamily(a, b string) bool {
	x, _, _ := strings.Cut(a, "/")
	y, _, _ := strings.Cut(b, "/")
	return x == y
}

// name returns what a person would call the pool: the variable, or the function that
// opens it.
func (c *carrier) name(p *pools.Pool) string {
	if p.Name != "" && p.Name != "_" {
		return p.Name
	}
	fn := p.Fn
	for fn.Parent() != nil {
		fn = fn.Parent()
	}
	return fn.Name()
}
