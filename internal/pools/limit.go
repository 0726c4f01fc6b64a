package pools

import (
	"go/constant"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// The limits a pool can have, as the catalog names them.
const (
	MaxOpen     = "max-open"      // connections; unlimited in database/sql if never set
	MaxIdle     = "max-idle"      // connections; 2 in database/sql if never set
	MaxLifetime = "max-lifetime"  // a duration; for ever in database/sql if never set
	MaxIdleTime = "max-idle-time" // a duration; for ever in database/sql if never set
	HealthCheck = "health-check"  // a duration; how often pgxpool looks for what has expired
)

// A Limit is what a limit is set to.
type Limit struct {
	Value int64 // connections, or nanoseconds
	Known bool  // Value is a constant of the program
	Pos   token.Pos
}

// A set is the effect that a function sets a limit of a pool, or of the
// configuration a pool is opened with.
type set struct {
	ref   Ref
	limit string
	value int64
	known bool
	pos   token.Pos
	fn    *ssa.Function // of this package, that sets it or calls another package's function that does
}

// A setFact is a set in the names of the callers.
type setFact struct {
	Path  Path
	Limit string
	Value int64
	Known bool
}

func (e *effects) addSet(s set) {
	if s.ref.Root == nil {
		return
	}
	for _, old := range e.sets {
		if old.ref == s.ref && old.limit == s.limit && old.value == s.value {
			return
		}
	}
	if len(e.sets) < maxEffects {
		e.sets = append(e.sets, s)
	}
}

// setsOf returns the limits that a call sets.
func (r *Result) setsOf(call ssa.CallInstruction) []set {
	c := call.Common()
	name := r.SSA.NameOf(c)
	if facts := r.SSA.Catalog.Lookup(name, "limit"); len(facts) > 0 {
		f := facts[0]
		s := set{ref: r.refOf(Argument(call, 0)), limit: f.Word, pos: call.Pos(), fn: call.Parent()}
		s.value, s.known = constantOf(argument(call, f.Attr["arg"]))
		return []set{s}
	}
	if limit := r.limitMethod(c); limit != "" {
		return []set{{ref: r.refOf(c.Value), limit: limit, pos: call.Pos(), fn: call.Parent()}}
	}
	var out []set
	for _, fn := range r.callees(call) {
		if e := r.effects[fn]; e != nil {
			for _, s := range e.sets {
				s.ref = r.lower(call, fn, s.ref)
				out = append(out, s)
			}
		}
	}
	if s := r.factOf(c); s != nil {
		for _, f := range s.Sets {
			out = append(out, set{ref: r.lowerPath(call, f.Path), limit: f.Limit, value: f.Value, known: f.Known, pos: call.Pos(), fn: call.Parent()})
		}
	}
	return out
}

// limitMethod returns the limit that a method of an interface sets, judged by its
// name, or "".
func (r *Result) limitMethod(c *ssa.CallCommon) string {
	if !c.IsInvoke() {
		return ""
	}
	for _, f := range r.SSA.Catalog.Lookup("(*database/sql.DB)."+c.Method.Name(), "limit") {
		return f.Word
	}
	return ""
}

// fieldSets returns the limits that a function assigns to fields of
// configurations.
func (r *Result) fieldSets(fn *ssa.Function) []set {
	var out []set
	for _, st := range r.stores[fn] {
		addr := st.Addr.(*ssa.FieldAddr)
		s := set{ref: r.refOf(addr.X), limit: r.limitOf(addr), pos: st.Pos(), fn: fn}
		s.value, s.known = constantOf(st.Val)
		out = append(out, s)
	}
	return out
}

// limitOf returns the limit that a field is, or "".
func (r *Result) limitOf(addr *ssa.FieldAddr) string {
	t := types.Unalias(addr.X.Type())
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	named, ok := t.(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return ""
	}
	field := structOf(named).Field(addr.Field).Name()
	name := named.Obj().Pkg().Path() + "." + named.Obj().Name() + "." + field
	for _, f := range r.SSA.Catalog.Lookup(name, "limit") {
		return f.Word
	}
	return ""
}

// constantOf returns the integer that v is, if it is one.
func constantOf(v ssa.Value) (int64, bool) {
	for {
		conv, ok := v.(*ssa.Convert)
		if !ok {
			break
		}
		v = conv.X
	}
	c, ok := v.(*ssa.Const)
	if !ok || c.Value == nil || c.Value.Kind() != constant.Int {
		return 0, false
	}
	return constant.Int64Val(c.Value)
}

// settings collects the limits that the whole package sets, by what they are set
// on beyond one function: a package variable, a field of a type.
type settings struct {
	byFunc   map[*ssa.Function][]set
	byGlobal map[Ref][]set
	byField  map[string][]set // by "Type.field"
}

func (r *Result) collectSettings() *settings {
	s := &settings{byFunc: map[*ssa.Function][]set{}, byGlobal: map[Ref][]set{}, byField: map[string][]set{}}
	for _, fn := range r.funcs {
		e := r.effects[fn]
		if e == nil {
			continue
		}
		for _, t := range e.sets {
			s.byFunc[fn] = append(s.byFunc[fn], t)
			if _, ok := t.ref.Root.(*ssa.Global); ok {
				s.byGlobal[t.ref] = append(s.byGlobal[t.ref], t)
			}
			if f := r.lastField(t.ref); f != "" {
				s.byField[f] = append(s.byField[f], t)
			}
		}
	}
	return s
}

// couldBe reports whether a limit that fn sets may be one of a pool it has under
// another name: set on what a call returned that the pool may have gone into.
func (r *Result) couldBe(ref Ref, fn *ssa.Function) bool {
	if _, ok := callOf(ref.Root); !ok {
		_, isPhi := ref.Root.(*ssa.Phi)
		return isPhi
	}
	for _, p := range r.Pools {
		if p.Fn == fn && p.Ref == ref {
			return false
		}
	}
	return true
}

// lastField returns "Type.field" for a Ref that ends in a field, else "".
func (r *Result) lastField(ref Ref) string {
	if ref.Root == nil || ref.Fields == "" {
		return ""
	}
	i := len(ref.Fields) - 1
	for ref.Fields[i] != '.' {
		i--
	}
	t := r.typeOf(Ref{ref.Root, ref.Fields[:i]})
	if t == nil {
		return ""
	}
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	return types.TypeString(t, nil) + ref.Fields[i:]
}

// on returns the limits set on what fn calls ref, and on the places, as fn names
// them, where it puts it.
func (s *settings) on(r *Result, fn *ssa.Function, ref Ref, places []Ref) map[string]Limit {
	limits := map[string]Limit{}
	add := func(ts []set) {
		for _, t := range ts {
			if old, ok := limits[t.limit]; !ok || !old.Known {
				limits[t.limit] = Limit{Value: t.value, Known: t.known, Pos: t.pos}
			}
		}
	}
	for f := fn; f != nil; f = f.Parent() {
		for _, t := range s.byFunc[f] {
			if t.ref == ref || slices.Contains(places, t.ref) || r.couldBe(t.ref, f) {
				add([]set{t})
			}
		}
	}
	for _, p := range places {
		add(s.byGlobal[p])
		add(s.byField[r.lastField(p)])
	}
	return limits
}
