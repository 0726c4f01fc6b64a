package pools

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/testcode"
)

// A Pool is a call that opens a pool, with what the package does to it.
type Pool struct {
	Call ssa.CallInstruction
	Fn   *ssa.Function // that makes the call
	// Ref is the pool as Fn names it.
	Ref Ref
	// Method is the driver's function, such as "database/sql.Open"; Site is the
	// place that calls it, in another package if Callee is not "".
	Method, Site string
	Callee       string
	// Pos and End are the source range of Call.
	Pos, End token.Pos
	// Name is the variable that Call is assigned to, or "".
	Name   string
	Engine Engine
	// Limits are those set anywhere the pool flows in this package, or was set
	// by the callee, or stands in a constant data source name.
	Limits map[string]Limit
	// Fate is what becomes of the pool.
	Fate Fate
	// result and fields say where in the results of Call it is.
	result int
	fields string
	flow   *flow
	driver int // the parameter of Fn that names the driver, or -1
}

// A Fate is what becomes of a pool in this package.
type Fate int

// The fates of a pool.
const (
	Used       Fate = iota // it is kept or used here: what its limits are is decided
	Returned               // it is handed to callers in other packages, who may still set limits
	Shortly                // it is closed by the function that opens it, or is there to change the schema
	Untouched              // it is not used for anything
	Lost                   // it is given to a function that is only known at run time
	Tests                  // it is made for tests
	PerRequest             // it is opened anew for each request, and is to be opened elsewhere
	Directed               // it is one of many that are opened when somebody says which
)

// A poolFact is a pool that a function opens and hands out, in the names of its
// callers.
type poolFact struct {
	Result int
	Fields string
	Method string
	Site   string
	Engine Engine
	Limits []setFact // Path unused; sorted
	// Driver is the parameter that names the driver, if Engine is unknown; else -1.
	Driver int
}

// findPools finds the pools of the package and follows each to where its limits
// are decided.
func (r *Result) findPools() {
	all := r.collectSettings()
	for _, fn := range r.funcs {
		for _, call := range r.calls[fn] {
			for _, p := range r.poolsAt(fn, call) {
				p.flow = r.followPool(p)
				r.Pools = append(r.Pools, p)
			}
		}
	}
	for _, p := range r.Pools {
		r.decide(p, all)
		if p.Fate == Returned {
			for _, out := range p.flow.out {
				r.handed[out.fn] = append(r.handed[out.fn], &Pool{Fn: p.Fn, Method: p.Method, Site: p.Site, Engine: p.Engine, Limits: p.Limits, driver: p.driver, result: out.result, fields: out.fields})
			}
		}
	}
	sortBy(r.Pools, func(p *Pool) token.Pos { return p.Pos })
}

// poolsAt returns the pools that a call opens, or is handed by a function of
// another package.
func (r *Result) poolsAt(fn *ssa.Function, call ssa.CallInstruction) []*Pool {
	v, ok := call.(*ssa.Call)
	if !ok {
		return nil
	}
	name := r.SSA.NameOf(call.Common())
	newPool := func(method, site string, result int, fields string) *Pool {
		p := &Pool{Call: call, Fn: fn, Method: method, Site: site, Limits: map[string]Limit{}, result: result, fields: fields, driver: -1}
		p.Pos, p.End = r.extent(call)
		p.Name = r.nameOf(call, result)
		p.Ref = r.join(r.refOf(resultOf(v, result)), fields)
		return p
	}
	if facts := r.SSA.Catalog.Lookup(name, "open"); len(facts) > 0 {
		if facts[0].Kind != catalog.Pool || r.overExisting(call) {
			return nil
		}
		p := newPool(name, r.site(call), facts[0].Arg, "")
		p.Engine = r.engineOf(call, name)
		p.driver = r.driverParam(call, facts[0])
		r.limitsAtOpen(p, facts[0])
		return []*Pool{p}
	}
	s := r.factOf(call.Common())
	if s == nil {
		return nil
	}
	var out []*Pool
	for _, f := range s.Pools {
		p := newPool(f.Method, f.Site, f.Result, f.Fields)
		p.Callee, p.Engine = name, f.Engine
		if p.Engine == EngineUnknown && f.Driver >= 0 {
			p.Engine = r.engineOfName(Argument(call, f.Driver), 5)
		}
		for _, l := range f.Limits {
			p.Limits[l.Limit] = Limit{Value: l.Value, Known: l.Known, Pos: p.Pos}
		}
		out = append(out, p)
	}
	return out
}

// driverParam returns the parameter of the function around call that names the
// driver, or -1.
func (r *Result) driverParam(call ssa.CallInstruction, f *catalog.Fact) int {
	n, ok := f.Attr["driver"]
	if !ok {
		return -1
	}
	if p, ok := r.refOf(argument(call, n)).Root.(*ssa.Parameter); ok {
		return paramNumber(call.Parent(), p)
	}
	return -1
}

// overExisting reports whether a call puts a wrapper around a pool that is open
// already, as gorm.Open does with postgres.Config{Conn: db}.
func (r *Result) overExisting(call ssa.CallInstruction) bool {
	for _, a := range call.Common().Args {
		if mi, ok := a.(*ssa.MakeInterface); ok {
			a = mi.X
		}
		maker, ok := a.(*ssa.Call)
		if !ok {
			continue
		}
		for _, cfg := range maker.Call.Args {
			load, ok := cfg.(*ssa.UnOp)
			if !ok {
				continue
			}
			if alloc, ok := load.X.(*ssa.Alloc); ok {
				for _, name := range []string{".Conn", ".ConnPool"} {
					if v, _ := r.stored(alloc, name); v != nil {
						return true
					}
				}
			}
		}
	}
	return false
}

// limitsAtOpen reads the limits in the configuration and in the data source name
// that a pool is opened with. A data source name that is only known at run time
// may hold any limit that its syntax has.
func (r *Result) limitsAtOpen(p *Pool, f *catalog.Fact) {
	if n, ok := f.Attr["config"]; ok {
		ref := r.refOf(argument(p.Call, n))
		if e := r.effects[p.Fn]; e != nil {
			for _, s := range e.sets {
				if s.ref == ref {
					p.Limits[s.limit] = Limit{Value: s.value, Known: s.known, Pos: s.pos}
				}
			}
		}
		if call, ok := callOf(ref.Root); ok && len(call.Call.Args) > 0 {
			r.limitsInText(p, call.Call.Args[0])
		} else if r.isPgxPool(p) {
			r.unknownLimits(p)
		}
	}
	if n, ok := f.Attr["dsn"]; ok {
		r.limitsInText(p, argument(p.Call, n))
	}
}

func (r *Result) isPgxPool(p *Pool) bool { return strings.Contains(p.Method, "/pgxpool.") }

func callOf(v ssa.Value) (*ssa.Call, bool) {
	if ex, ok := v.(*ssa.Extract); ok {
		v = ex.Tuple
	}
	call, ok := v.(*ssa.Call)
	return call, ok
}

// limitsInText looks for limits in a data source name of pgxpool.
func (r *Result) limitsInText(p *Pool, dsn ssa.Value) {
	if !r.isPgxPool(p) {
		return
	}
	text, known := r.textOf(dsn, 6)
	for _, f := range r.SSA.Catalog.Facts() {
		if f.Verb == "parameter" && (!known || strings.Contains(text, f.Name)) {
			if _, ok := p.Limits[f.Word]; !ok {
				p.Limits[f.Word] = Limit{Pos: p.Pos}
			}
		}
	}
}

func (r *Result) unknownLimits(p *Pool) {
	for _, l := range []string{MaxOpen, MaxLifetime, MaxIdleTime} {
		if _, ok := p.Limits[l]; !ok {
			p.Limits[l] = Limit{Pos: p.Pos}
		}
	}
}

// textOf returns the constant parts of a string, and whether they show what sort
// of text it is: the whole, or a format with the keys in it.
func (r *Result) textOf(v ssa.Value, depth int) (text string, known bool) {
	if depth == 0 {
		return "", false
	}
	switch v := v.(type) {
	case *ssa.Const:
		if v.Value != nil && v.Value.Kind() == constant.String {
			return constant.StringVal(v.Value), true
		}
	case *ssa.BinOp:
		x, _ := r.textOf(v.X, depth-1)
		y, yKnown := r.textOf(v.Y, depth-1)
		return x + y, yKnown && isDSN(x+y) // what is appended at run time may be parameters
	case *ssa.Call:
		if r.SSA.NameOf(&v.Call) == "fmt.Sprintf" {
			x, _ := r.textOf(v.Call.Args[0], depth-1)
			return x, isDSN(x) && !strings.HasSuffix(x, "%s")
		}
	case *ssa.UnOp:
		if alloc, ok := v.X.(*ssa.Alloc); ok {
			if stores := r.storesTo(alloc); len(stores) == 1 {
				return r.textOf(stores[0].Val, depth-1)
			}
		}
	}
	return "", false
}

func isDSN(s string) bool {
	return strings.Contains(s, "://") || strings.Contains(s, "host=") || strings.Contains(s, "dbname=")
}

// decide settles the limits and the fate of a pool.
func (r *Result) decide(p *Pool, all *settings) {
	f := p.flow
	for _, v := range f.views {
		for name, l := range all.on(r, v.fn, v.ref, f.places) {
			p.Limits[name] = l
		}
	}
	for _, key := range f.fields {
		for _, t := range all.byField[key] {
			if t.fn != p.Fn && r.opensInto(t.fn, key) {
				continue // of another pool that may be in the field
			}
			p.Limits[t.limit] = Limit{Value: t.value, Known: t.known, Pos: t.pos}
		}
	}
	switch {
	case r.forTests(p.Fn):
		p.Fate = Tests
	case r.perRequest[p.Call]:
		p.Fate = PerRequest
	case f.lost:
		p.Fate = Lost
	case len(f.out) > 0 && r.passedOn(p):
		p.Fate = Returned
	case f.closed && len(f.places) == 0 && len(f.fields) == 0 && !isMain(p.Fn), r.private(p.Ref), Migrates(p.Fn):
		p.Fate = Shortly
	case r.directed(p):
		p.Fate = Directed
	case !f.used && len(f.out) == 0:
		p.Fate = Untouched
	}
}

// opensInto reports whether fn opens a pool that it keeps in the field key.
func (r *Result) opensInto(fn *ssa.Function, key string) bool {
	for _, p := range r.Pools {
		if p.Fn == fn && slices.Contains(p.flow.fields, key) {
			return true
		}
	}
	return false
}

// passedOn reports whether who gets the pool, not who opens it, has to limit it:
// the opener sets no limit itself, and is told what to open.
func (r *Result) passedOn(p *Pool) bool {
	for _, l := range p.Limits {
		if l.Pos != p.Pos {
			return false
		}
	}
	if p.Callee != "" {
		return true
	}
	for _, o := range r.opensOf(p.Call) {
		if o.needs != 0 {
			return true
		}
	}
	return false
}

func isMain(fn *ssa.Function) bool {
	return fn.Pkg != nil && fn.Pkg.Pkg.Name() == "main"
}

// forTests reports whether a function is made for tests.
func (r *Result) forTests(fn *ssa.Function) bool {
	if testcode.Has(fn) {
		return true
	}
	file := r.fileOf(fn.Pos())
	return file != nil && importsTesting(file)
}

// importsTesting reports whether a file imports what only tests need.
func importsTesting(file *ast.File) bool {
	for _, spec := range file.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		for _, lib := range []string{"testing", "github.com/onsi/", "github.com/stretchr/testify", "github.com/testcontainers/", "github.com/ory/dockertest"} {
			if strings.HasPrefix(path, lib) {
				return true
			}
		}
	}
	return false
}

// resultOf returns result i of a call as a value, or nil if it is thrown away.
func resultOf(call *ssa.Call, i int) ssa.Value {
	if _, ok := call.Type().(*types.Tuple); !ok {
		return call
	}
	for _, use := range *call.Referrers() {
		if ex, ok := use.(*ssa.Extract); ok && ex.Index == i {
			return ex
		}
	}
	return nil
}
