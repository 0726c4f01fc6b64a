package roots

import (
	"go/types"
	"strings"
	"sync"
)

// interfaces finds the one type of a package that implements an interface of it.
type interfaces struct {
	pkg   *types.Package
	types []*types.Named // that are no interfaces, generic types or mocks
	mu    sync.Mutex     // several analyzers ask at once
	memo  map[*types.Named]*types.Named
}

// only returns the type, or nil if there is none or more than one.
func (x *interfaces) only(named *types.Named) *types.Named {
	x.mu.Lock()
	defer x.mu.Unlock()
	if t, ok := x.memo[named]; ok {
		return t
	}
	if x.memo == nil {
		x.memo = map[*types.Named]*types.Named{}
		x.collect()
	}
	x.memo[named] = nil
	iface, ok := named.Underlying().(*types.Interface)
	if !ok || iface.NumMethods() == 0 || named.TypeParams() != nil {
		return nil
	}
	var found *types.Named
	for _, t := range x.types {
		if !types.Implements(types.NewPointer(t), iface) {
			continue
		}
		if found != nil {
			return nil
		}
		found = t
	}
	x.memo[named] = found
	return found
}

func (x *interfaces) collect() {
	for _, name := range x.pkg.Scope().Names() {
		tn, ok := x.pkg.Scope().Lookup(name).(*types.TypeName)
		if !ok || tn.IsAlias() || isMock(name) {
			continue
		}
		named, ok := tn.Type().(*types.Named)
		if ok && !types.IsInterface(named) && named.TypeParams() == nil {
			x.types = append(x.types, named)
		}
	}
}

// isMock reports whether a type's name says that it stands in for another in
// tests.
func isMock(name string) bool {
	name = strings.ToLower(name)
	for _, s := range []string{"mock", "fake", "stub", "noop"} {
		if strings.Contains(name, s) {
			return true
		}
	}
	return false
}
