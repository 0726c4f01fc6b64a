package load

import (
	"encoding/json"
	"go/types"
	"slices"
	"strings"

	"github.com/connlint/connlint/internal/load/diskcache"
	"github.com/connlint/connlint/internal/load/unit"
)

// A storedResult is the form of a unitResult in the cache.
type storedResult struct {
	API, Own, Beyond, Facts []byte
	Diags                   []unit.Diagnostic `json:",omitempty"`
	Errors                  []PackageError    `json:",omitempty"`
	Unsound, Misled, Failed bool              `json:",omitempty"`
}

func (r *run) loadResult(key diskcache.Key) *unitResult {
	data, ok := r.cache.Get("unit", key)
	if !ok {
		return nil
	}
	var s storedResult
	if json.Unmarshal(data, &s) != nil {
		return nil
	}
	facts, err := unit.ParseFacts(s.Facts)
	if err != nil {
		return nil
	}
	u := &unitResult{facts: facts, diags: s.Diags, errors: s.Errors, unsound: s.Unsound, misled: s.Misled, failed: s.Failed}
	if copy(u.api[:], s.API)+copy(u.own[:], s.Own)+copy(u.beyond[:], s.Beyond) != 3*len(u.api) {
		return nil
	}
	return u
}

// storeResult stores a result, unless something went wrong inside connlint: the
// user should see that again.
func (r *run) storeResult(key diskcache.Key, u *unitResult) {
	if r.cache == nil || len(u.notes) > 0 {
		return
	}
	s := storedResult{API: u.api[:], Own: u.own[:], Beyond: u.beyond[:], Diags: u.diags, Errors: u.errors, Unsound: u.unsound, Misled: u.misled, Failed: u.failed}
	if u.facts == nil {
		u.facts = new(unit.Facts)
	}
	s.Facts = u.facts.Append(nil)
	data, err := json.Marshal(&s)
	if err != nil {
		return
	}
	r.cache.Put("unit", key, data)
}

// analyzeDeps finds or makes the facts of the dependencies that can reach a driver.
// Each is checked apart from the types that importers see: these come without
// function bodies and may be there already.
func (r *run) analyzeDeps() error {
	var missing, imports []*node
	keys := map[*node]diskcache.Key{}
	for _, n := range r.nodes {
		if n.own || !n.unit {
			continue
		}
		k := newKey("dep unit", n.Dir, n.mode())
		k.addKey(r.base)
		k.addKey(n.depKey)
		keys[n] = k.sum()
		if n.result = r.loadResult(keys[n]); n.result == nil {
			missing = append(missing, n)
			imports = append(imports, n.deps...)
		}
	}
	if err := r.world.loadDeps(imports); err != nil {
		return err
	}
	return r.inOrder(missing, func(n *node) error {
		r.world.mu.RLock()
		defer r.world.mu.RUnlock()
		c := r.world.check(n, true, r.world.typesOf)
		out := r.analyze(n, c)
		n.result = &unitResult{facts: out.Facts, diags: out.Diagnostics, notes: out.Notes}
		if n.report {
			n.result.errors = packageErrors(n, c.errors)
			n.result.failed = len(hard(c.errors)) > 0
		}
		r.storeResult(keys[n], n.result)
		return nil
	})
}

// api returns the hash of what importers of an own package see.
func (r *run) api(n *node) unit.Hash {
	return apiHash(n.types, func(pkg *types.Package) diskcache.Key {
		switch d := r.nodeOf(pkg); {
		case d == nil:
			return diskcache.Key{}
		case !d.own:
			return d.depKey
		case d.result != nil:
			return d.result.api
		}
		return diskcache.Key{}
	})
}

// nodeOf returns the node of a package that a unit can see.
func (r *run) nodeOf(pkg *types.Package) *node {
	r.world.ownMu.Lock()
	n := r.world.nodes[pkg]
	r.world.ownMu.Unlock()
	if n != nil {
		return n
	}
	if n := r.graph.byID[pkg.Path()]; n != nil && !n.own {
		return n
	}
	return nil
}

// beyond returns the hash of the facts that indirect importers of n see, those of
// its dependencies included; zero if there are none.
func (r *run) beyond(n *node, facts *unit.Facts) unit.Hash {
	k := newKey("beyond")
	any := !facts.Empty()
	if any {
		h := facts.Beyond().Hash()
		k.addKey(h)
	}
	for _, d := range n.deps {
		switch {
		case !d.own && d.unit:
			any = true
			k.addKey(d.depKey)
		case d.own && d.result != nil && d.result.beyond != unit.Hash{}:
			any = true
			k.addKey(d.result.beyond)
		}
	}
	if !any {
		return unit.Hash{}
	}
	return k.sum()
}

// factsOf returns the facts about pkg and whether n imports it.
func (r *run) factsOf(n *node, pkg *types.Package) (*unit.PackageFacts, bool) {
	d := r.nodeOf(pkg)
	if d == nil {
		return nil, false
	}
	direct := slices.Contains(n.seenDeps(), d)
	d = r.factsNode(n, d)
	if d.result == nil || d.result.facts.Empty() {
		return nil, direct
	}
	key := boundKey{pkg, d}
	if bound, ok := r.world.bound.Load(key); ok {
		return bound.(*unit.PackageFacts), direct
	}
	bound := unit.Bind(r.reg, pkg, d.result.facts)
	if pkg.Complete() { // otherwise there may be more of it the next time
		r.world.bound.Store(key, bound)
	}
	return bound, direct
}

// packageErrors converts the errors of a type check. An import that failed is left
// out where the go command has said why.
func packageErrors(n *node, errs []types.Error) []PackageError {
	var out []PackageError
	for _, e := range errs {
		if strings.Contains(e.Msg, errUnlisted.Error()) {
			continue
		}
		pe := PackageError{PkgPath: n.path, Message: e.Msg}
		if e.Pos.IsValid() {
			p := e.Fset.Position(e.Pos)
			pe.Pos = Position{File: p.Filename, Line: p.Line, Col: p.Column, Offset: p.Offset}
		}
		out = append(out, pe)
	}
	return out
}

// hard returns the errors that make the syntax tree unfit for analysis: not an
// unused variable or import.
func hard(errs []types.Error) []types.Error {
	return slices.DeleteFunc(slices.Clone(errs), func(e types.Error) bool { return e.Soft })
}
