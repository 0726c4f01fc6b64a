package pools

import (
	"go/token"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// globals names package variables in facts and finds them again. A variable that
// is not exported has no object outside its package, so that one is made up: it
// has no type, and serves to be compared.
type globals struct {
	own    *ssa.Package
	pkgs   map[string]*ssa.Package
	byName map[string]*ssa.Global
	names  map[*ssa.Global]string // of those made up
	stores map[*ssa.Global][]*ssa.Store
}

func (g *globals) init(own *ssa.Package) {
	g.own = own
	g.pkgs = map[string]*ssa.Package{}
	for _, p := range own.Prog.AllPackages() {
		g.pkgs[p.Pkg.Path()] = p
	}
	g.byName = map[string]*ssa.Global{}
	g.names = map[*ssa.Global]string{}
	g.stores = map[*ssa.Global][]*ssa.Store{}
}

// name returns "import/path.Name".
func (g *globals) name(v *ssa.Global) string {
	if name, ok := g.names[v]; ok {
		return name
	}
	return v.Pkg.Pkg.Path() + "." + v.Name()
}

// named is the inverse of name.
func (g *globals) named(name string) *ssa.Global {
	if v, ok := g.byName[name]; ok {
		return v
	}
	i := strings.LastIndexByte(name, '.')
	path, id := name[:max(i, 0)], name[i+1:]
	var v *ssa.Global
	if pkg := g.pkgs[path]; pkg != nil && (pkg == g.own || token.IsExported(id)) {
		v, _ = pkg.Members[id].(*ssa.Global)
	}
	if v == nil {
		v = new(ssa.Global)
		g.names[v] = name
	}
	g.byName[name] = v
	return v
}
