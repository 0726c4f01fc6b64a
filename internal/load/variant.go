package load

import (
	"go/ast"
	"go/token"
	"slices"
)

// For the external tests of a package p with tests inside, the go command compiles p
// together with these, and once more all that lies between: packages that p_test
// imports and that import p. To type-check all that again, for every package with
// such tests, can be several times the work of the packages themselves. But what the
// tests inside add to p is seldom used from outside; where it is not, p_test is
// checked against the packages as they are.

// derived reports whether the result of n, which is recompiled for a test, is that of
// the package itself.
func (n *node) derived() bool { return n.plain != nil && n.plain.own }

// recompiledResult is the result of a package that is recompiled for a test. Its API
// is that of the package itself, with other packages in the place of its imports.
func (r *run) recompiledResult(n *node) *unitResult {
	k := newKey("recompiled")
	k.addKey(n.plain.result.api)
	k.addImports(n, func(d *node) {
		if d.own && d.result != nil {
			k.addKey(d.result.api)
		}
	})
	facts := n.plain.result.facts
	return &unitResult{
		api:    k.sum(),
		own:    n.plain.result.own,
		beyond: r.beyond(n, facts),
		facts:  facts,

		unsound: n.plain.result.unsound || dependsOnUnsound(n),
	}
}

// view decides against which packages the external tests n are checked.
func (r *run) view(n *node) {
	n.asPlain = nil
	if n.ForTest == "" || n.path != n.ForTest+"_test" {
		return
	}
	plain, tested := r.graph.byID[n.ForTest], r.graph.tested(n.ForTest)
	if plain == nil || tested == nil || !slices.ContainsFunc(n.deps, (*node).recompiled) {
		return
	}
	asPlain := map[*node]*node{tested: plain}
	for _, d := range n.deps {
		if d.recompiled() {
			if !d.derived() {
				return
			}
			asPlain[d] = d.plain
		}
	}
	if !r.usesInside(n, plain, tested) {
		n.asPlain = asPlain
	}
}

// tested returns the package of that path together with the tests inside it, or nil.
func (g *graph) tested(path string) *node { return g.byID[path+" ["+path+".test]"] }

// seen returns the package that n is checked against where it imports d.
func (n *node) seen(d *node) *node {
	if p := n.asPlain[d]; p != nil {
		return p
	}
	return d
}

// seenDeps returns the packages that n is checked against.
func (n *node) seenDeps() []*node {
	if n.asPlain == nil {
		return n.deps
	}
	out := make([]*node, len(n.deps))
	for i, d := range n.deps {
		out[i] = n.seen(d)
	}
	return out
}

// factsNode returns the node with the facts that n sees about d: about the package
// under test, what was found out together with its tests.
func (r *run) factsNode(n, d *node) *node {
	if n.asPlain != nil && d.path == n.ForTest {
		return r.graph.tested(n.ForTest)
	}
	return d
}

// usesInside reports whether the external tests n may use what the tests inside
// declare, plain being the package without them and tested with them: an exported
// name, or an exported method of a type of the package. Other methods of such a type
// cannot be seen, but they change the numbers by which facts name its methods.
func (r *run) usesInside(n, plain, tested *node) bool {
	names := map[string]bool{}
	typesInside := map[string]bool{}
	var methods []*ast.FuncDecl
	for _, name := range tested.files {
		if slices.Contains(plain.files, name) {
			continue
		}
		f, _ := r.world.parse(name, true)
		if f == nil {
			return true
		}
		for _, decl := range f.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				if decl.Recv != nil {
					methods = append(methods, decl)
				} else {
					names[decl.Name.Name] = ast.IsExported(decl.Name.Name)
				}
			case *ast.GenDecl:
				for _, id := range declaredNames(decl) {
					names[id.Name] = ast.IsExported(id.Name)
					typesInside[id.Name] = typesInside[id.Name] || decl.Tok == token.TYPE
				}
			}
		}
	}
	for _, m := range methods {
		recv := receiverName(m)
		if !typesInside[recv] && (m.Name.IsExported() || tested.result.facts.About(recv)) {
			return true
		}
	}
	for _, name := range n.files {
		f, _ := r.world.parse(name, true)
		if f == nil || mentions(f, names) {
			return true
		}
	}
	return false
}

// declaredNames returns the names that a declaration declares.
func declaredNames(decl *ast.GenDecl) []*ast.Ident {
	var out []*ast.Ident
	for _, spec := range decl.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			out = append(out, spec.Name)
		case *ast.ValueSpec:
			out = append(out, spec.Names...)
		}
	}
	return out
}

// receiverName returns the name of the type that a method is declared for, "" if the
// source is wrong.
func receiverName(decl *ast.FuncDecl) string {
	if len(decl.Recv.List) == 0 {
		return ""
	}
	for t := decl.Recv.List[0].Type; ; {
		switch u := t.(type) {
		case *ast.Ident:
			return u.Name
		case *ast.StarExpr:
			t = u.X
		case *ast.ParenExpr:
			t = u.X
		case *ast.IndexExpr:
			t = u.X
		case *ast.IndexListExpr:
			t = u.X
		default:
			return ""
		}
	}
}

// mentions reports whether the file has one of the names behind a dot, or may have it
// without one.
func mentions(f *ast.File, names map[string]bool) bool {
	for _, imp := range f.Imports {
		if imp.Name != nil && imp.Name.Name == "." {
			return true
		}
	}
	found := false
	ast.Inspect(f, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && names[sel.Sel.Name] {
			found = true
		}
		return !found
	})
	return found
}
