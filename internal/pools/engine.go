package pools

import (
	"go/constant"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// An Engine says what is behind a pool.
type Engine string

// The engines. A pool whose driver is unknown is never reported for its limits.
const (
	EngineUnknown Engine = ""
	Network       Engine = "network"
	InProcess     Engine = "inprocess"
	Mock          Engine = "mock"
)

// engineOf returns what is behind the pool that a call of method opens.
func (r *Result) engineOf(call ssa.CallInstruction, method string) Engine {
	if strings.Contains(method, "/pgxpool.") {
		return Network
	}
	for _, f := range r.SSA.Catalog.Lookup(method, "open") {
		if n, ok := f.Attr["driver"]; ok {
			return r.engineOfName(argument(call, n), 5)
		}
		if n, ok := f.Attr["config"]; ok {
			return r.engineOfConnector(argument(call, n), 5)
		}
	}
	return r.engineOfPackage(method)
}

// engineOfName returns what a driver's name says; if it is only known at run
// time, what the drivers that the package imports say.
func (r *Result) engineOfName(v ssa.Value, depth int) Engine {
	switch v := v.(type) {
	case *ssa.Const:
		if v.Value != nil && v.Value.Kind() == constant.String {
			return r.engineNamed(constant.StringVal(v.Value))
		}
	case *ssa.Phi:
		if depth > 0 {
			return r.engineOfEither(v.Edges, depth-1)
		}
	case *ssa.UnOp:
		if alloc, ok := v.X.(*ssa.Alloc); ok && depth > 0 {
			var vals []ssa.Value
			for _, s := range r.storesTo(alloc) {
				vals = append(vals, s.Val)
			}
			return r.engineOfEither(vals, depth-1)
		}
	}
	return r.engineOfImports()
}

// engineOfEither returns Network if any of the values says so.
func (r *Result) engineOfEither(vs []ssa.Value, depth int) Engine {
	found := EngineUnknown
	for _, v := range vs {
		switch e := r.engineOfName(v, depth); e {
		case Network:
			return e
		case EngineUnknown:
		default:
			found = e
		}
	}
	return found
}

func (r *Result) engineNamed(name string) Engine {
	for _, f := range r.SSA.Catalog.Lookup(name, "engine") {
		return Engine(f.Word)
	}
	return EngineUnknown
}

// engineOfConnector returns what the maker of a connector or dialector says.
func (r *Result) engineOfConnector(v ssa.Value, depth int) Engine {
	if depth == 0 || v == nil {
		return EngineUnknown
	}
	switch v := v.(type) {
	case *ssa.MakeInterface:
		if e := r.engineOfPackage(v.X.Type().String()); e != EngineUnknown {
			return e
		}
		return r.engineOfConnector(v.X, depth-1)
	case *ssa.ChangeInterface:
		return r.engineOfConnector(v.X, depth-1)
	case *ssa.Extract:
		return r.engineOfConnector(v.Tuple, depth-1)
	case *ssa.Call:
		if e := r.engineOfPackage(r.SSA.NameOf(&v.Call)); e != EngineUnknown {
			return e
		}
	case *ssa.Phi:
		found := EngineUnknown
		for _, edge := range v.Edges {
			e := r.engineOfConnector(edge, depth-1)
			if e == Network {
				return e
			}
			if e != EngineUnknown {
				found = e
			}
		}
		return found
	case *ssa.UnOp:
		if alloc, ok := v.X.(*ssa.Alloc); ok {
			if stores := r.storesTo(alloc); len(stores) == 1 {
				return r.engineOfConnector(stores[0].Val, depth-1)
			}
		}
	}
	return r.engineOfImports()
}

// engineOfPackage returns what the catalog says of the package that a name such
// as "(*path/v2.T).F" begins with.
func (r *Result) engineOfPackage(name string) Engine {
	name = strings.TrimLeft(name, "(*")
	for path := name; path != ""; {
		if e := r.engineNamed(path); e != EngineUnknown {
			return e
		}
		i := strings.LastIndexAny(path, "./")
		if i < 0 {
			break
		}
		path = path[:i]
	}
	return EngineUnknown
}

// engineOfImports returns Network if the package imports a driver of a server,
// otherwise what another driver that it imports says.
func (r *Result) engineOfImports() Engine {
	found := EngineUnknown
	for _, imp := range r.pass.Pkg.Imports() {
		switch e := r.engineOfPackage(imp.Path()); e {
		case Network:
			return e
		case EngineUnknown:
		default:
			found = e
		}
	}
	return found
}
