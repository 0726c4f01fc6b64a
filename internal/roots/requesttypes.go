package roots

import (
	"go/types"
	"sync"

	"github.com/connlint/connlint/internal/catalog"
)

// requestTypes tells which types belong to one request: those the catalog names,
// and structs that embed one, as the contexts of many web frameworks and
// applications do.
type requestTypes struct {
	cat  *catalog.Catalog
	mu   sync.Mutex // several analyzers ask at once
	memo map[types.Type]string
}

func newRequestTypes(cat *catalog.Catalog) *requestTypes {
	return &requestTypes{cat: cat, memo: map[types.Type]string{}}
}

// word returns what a function with these parameters serves, or "".
func (t *requestTypes) word(sig *types.Signature) string {
	for v := range sig.Params().Variables() {
		if w := t.of(v.Type(), 3); w != "" {
			return w
		}
	}
	return ""
}

// of returns what a parameter of type typ says is served, looking at most depth
// embedded structs deep.
func (t *requestTypes) of(typ types.Type, depth int) string {
	typ = types.Unalias(typ)
	switch u := typ.(type) {
	case *types.Pointer:
		typ = types.Unalias(u.Elem())
	case *types.Chan:
		return t.named(u.Elem())
	case *types.Slice:
		return t.named(u.Elem())
	}
	named, ok := typ.(*types.Named)
	if !ok {
		return ""
	}
	if w, ok := t.memo[named]; ok {
		return w
	}
	t.memo[named] = "" // a recursive type
	w := t.named(named)
	if w == "" && depth > 0 {
		w = t.embedded(named, depth)
	}
	t.memo[named] = w
	return w
}

// named returns the catalog's word for typ or what it points to.
func (t *requestTypes) named(typ types.Type) string {
	typ = types.Unalias(typ)
	if p, ok := typ.(*types.Pointer); ok {
		typ = types.Unalias(p.Elem())
	}
	named, ok := typ.(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return ""
	}
	for _, f := range t.cat.Lookup(named.Obj().Pkg().Path()+"."+named.Obj().Name(), "root") {
		if f.Attr["arg"] == "" {
			return f.Word
		}
	}
	return ""
}

// embedded looks into the struct or interface under named. A field that is not
// embedded counts too if its type is an interface: a struct that keeps a
// ResponseWriter lives as long as the response.
func (t *requestTypes) embedded(named *types.Named, depth int) string {
	switch u := named.Underlying().(type) {
	case *types.Struct:
		for f := range u.Fields() {
			if !f.Embedded() && !types.IsInterface(f.Type()) {
				continue
			}
			if w := t.of(f.Type(), depth-1); w != "" {
				return w
			}
		}
	case *types.Interface:
		for e := range u.EmbeddedTypes() {
			if w := t.of(e, depth-1); w != "" {
				return w
			}
		}
	}
	return ""
}

// IsRequest reports whether a value of type t lives as long as one request: a
// request, its response, or the context of a web framework.
func (r *Result) IsRequest(t types.Type) bool {
	if isHTTPRequest(t) {
		return true
	}
	if r.requests == nil {
		return false
	}
	r.requests.mu.Lock()
	defer r.requests.mu.Unlock()
	return r.requests.of(t, 3) != ""
}

func isHTTPRequest(t types.Type) bool {
	p, ok := types.Unalias(t).(*types.Pointer)
	if !ok {
		return false
	}
	named, ok := types.Unalias(p.Elem()).(*types.Named)
	return ok && named.Obj().Name() == "Request" && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "net/http"
}
