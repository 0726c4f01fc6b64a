package pools

import (
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/testcode"
)

// A Config is what one function sets on one pool, or on one configuration of a
// pool, by calls or assignments of its own.
type Config struct {
	// Sets are all that is set, in the order it was met: several to one limit
	// if the function has branches. Limits are the last of each.
	Sets   []Setting
	Limits map[string]Limit
	// Engine is what is behind the pool, as far as the function knows.
	Engine Engine

	ref Ref
}

// A Setting is one limit that is set.
type Setting struct {
	Name string // such as MaxOpen
	Limit
}

// findConfigs collects what functions outside of tests set themselves.
func (r *Result) findConfigs() {
	for _, fn := range r.funcs {
		if testcode.Has(fn) {
			continue
		}
		var own []*Config
		add := func(s set) {
			i := slices.IndexFunc(own, func(c *Config) bool { return c.ref == s.ref && s.ref.Root != nil })
			if i < 0 {
				i = len(own)
				own = append(own, &Config{ref: s.ref, Engine: r.engineIn(fn, s.ref), Limits: map[string]Limit{}})
			}
			l := Limit{Value: s.value, Known: s.known, Pos: s.pos}
			own[i].Sets = append(own[i].Sets, Setting{s.limit, l})
			own[i].Limits[s.limit] = l
		}
		for _, call := range r.calls[fn] {
			if len(r.SSA.Catalog.Lookup(r.SSA.NameOf(call.Common()), "limit")) > 0 {
				for _, s := range r.setsOf(call) {
					add(s)
				}
			}
		}
		for _, s := range r.fieldSets(fn) {
			add(s)
		}
		r.Configs = append(r.Configs, own...)
	}
}

// engineIn returns the engine of the pool that fn calls ref.
func (r *Result) engineIn(fn *ssa.Function, ref Ref) Engine {
	found := EngineUnknown
	for _, p := range r.Pools {
		named := slices.Contains(p.flow.views, view{fn, ref})
		if named || p.Fn == fn && slices.Contains(p.flow.fields, r.lastField(ref)) {
			return p.Engine
		}
		if slices.Contains(p.flow.fields, r.lastField(ref)) && found != InProcess {
			found = p.Engine
		}
	}
	return found
}

// ShortName returns a function's name in the catalog as Go code says it:
// "sql.Open", "(*sql.DB).Query", "pgxpool.New".
func ShortName(name string) string {
	prefix := ""
	if i := strings.IndexFunc(name, func(r rune) bool { return r != '(' && r != '*' }); i > 0 {
		prefix, name = name[:i], name[i:]
	}
	dir, base := "", name
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		dir, base = name[:i], name[i+1:]
	}
	if pkg, rest, ok := strings.Cut(base, "."); ok && isMajor(pkg) {
		base = dir[strings.LastIndexByte(dir, '/')+1:] + "." + rest
	}
	return prefix + base
}

// isMajor reports whether a path element is a major version, such as v5.
func isMajor(s string) bool {
	return len(s) > 1 && s[0] == 'v' && strings.Trim(s[1:], "0123456789") == ""
}

// IsDatabaseSQL reports whether the pool is one of database/sql, or a wrapper of
// one: without limits unless they are set.
func (p *Pool) IsDatabaseSQL() bool {
	return !strings.Contains(p.Method, "/pgxpool.")
}

// Holder returns the type of the value that the opening call returns.
func (p *Pool) holder() types.Type {
	v := resultOf(p.Call.(*ssa.Call), p.result)
	if v == nil {
		return nil
	}
	return v.Type()
}
