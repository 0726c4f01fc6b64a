package load

import (
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
)

// Code that does not type-check costs what needs it, no more. A package with the tests
// inside it stands for the package itself: where the tests have errors, it is analyzed
// without the files that have them, in the end without all tests. External tests are
// treated alike. And where a unit is wrong because of what it imports, the errors there
// are named, even if nothing else is said of that package.

// withoutBroken returns the tests n, of which c is the check, without as few of the
// test files as it takes for the rest to type-check. It reports false if that is not
// needed, or of no use.
func (r *run) withoutBroken(n *node, c checked) (checked, bool) {
	if n.ForTest == "" || !n.report || len(hard(c.errors)) == 0 {
		return c, false
	}
	for len(hard(c.errors)) > 0 {
		rest := c.unbroken(r.world.fset)
		if len(rest) == 0 || len(rest) == len(c.sources) {
			return c, false
		}
		c = r.world.checkSources(n, rest, true, r.world.typesOf)
	}
	return c, true
}

// unbroken returns the sources without the test files that have errors, or, if none of
// them has, without all test files.
func (c checked) unbroken(fset *token.FileSet) []source {
	broken := c.broken(fset)
	rest := slices.DeleteFunc(slices.Clone(c.sources), func(s source) bool { return s.isTest() && broken[s.name] })
	if len(rest) == len(c.sources) {
		rest = slices.DeleteFunc(rest, source.isTest)
	}
	return rest
}

// broken returns the names of the files with errors.
func (c checked) broken(fset *token.FileSet) map[string]bool {
	out := map[string]bool{}
	for _, s := range c.sources {
		out[s.name] = len(s.errs) > 0
	}
	for _, e := range hard(c.errors) {
		if f := fset.File(e.Pos); f != nil {
			out[f.Name()] = true
		}
	}
	return out
}

func (s source) isTest() bool { return strings.HasSuffix(filepath.Base(s.name), "_test.go") }

// leftOut returns an error for each test file of c that is not in left, though no error
// is in it.
func leftOut(n *node, c, left checked, fset *token.FileSet) []PackageError {
	broken := c.broken(fset)
	var out []PackageError
	for _, s := range c.sources {
		in := slices.ContainsFunc(left.sources, func(l source) bool { return l.name == s.name })
		if !in && !broken[s.name] {
			out = append(out, PackageError{
				PkgPath: n.path,
				Pos:     Position{File: s.name},
				Message: "not analyzed: it does not type-check without the test files that have errors",
			})
		}
	}
	return out
}

// dependsOnUnsound reports whether what n imports may have things without a type,
// because there are errors in it or beneath it.
func dependsOnUnsound(n *node) bool {
	return slices.ContainsFunc(n.seenDeps(), func(d *node) bool { return d.own && d.result != nil && d.result.unsound })
}

// usesInvalid reports whether the package uses something without a type.
func usesInvalid(c checked) bool {
	found := false
	for _, f := range c.files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				switch obj := c.info.ObjectOf(n).(type) {
				case *types.Const, *types.Var, *types.Func, *types.TypeName:
					found = found || types.Unalias(obj.Type()) == types.Typ[types.Invalid]
				}
			case *ast.CallExpr:
				found = found || c.info.TypeOf(n) == nil
			}
			return !found
		})
	}
	return found
}

// misleading returns the packages with errors in their declarations that units have
// met.
func (g *graph) misleading() map[*node]bool {
	out := map[*node]bool{}
	for _, n := range slices.Backward(g.nodes) {
		if out[n] && n.plain != nil {
			out[n.plain] = true
		}
		if out[n] || n.result != nil && n.result.misled {
			for _, d := range n.deps {
				out[d] = true
			}
		}
	}
	return out
}

// lost reports whether nothing of a package of the user, its tests included, could be
// analyzed. One that cannot reach a driver need not be, unless something that it imports
// is not known.
func (g *graph) lost(path string) bool {
	lost := false
	for _, n := range []*node{g.byID[path], g.tested(path), g.byID[path+"_test ["+path+".test]"]} {
		switch {
		case n == nil:
		case n.report && n.result != nil && !n.result.failed:
			return false
		case n.report || n.unloaded() || slices.ContainsFunc(n.deps, (*node).unloaded):
			lost = true
		case !n.relevant && len(n.files) > 0:
			return false
		}
	}
	return lost
}

// unloaded reports whether something is wrong with the package for the go command.
func (n *node) unloaded() bool { return n.Error != nil && !n.lacksEmbedded() }
