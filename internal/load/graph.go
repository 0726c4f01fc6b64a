package load

import (
	"go/types"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/load/diskcache"
	"github.com/connlint/connlint/internal/load/unit"
)

// A node is a package, or a test variant of one, in the import graph.
type node struct {
	*listed
	path    string           // import path without the test variant
	imports map[string]*node // by import path as the source has it; without "C" and "unsafe"
	deps    []*node          // imports, without repetition
	plain   *node            // of a package recompiled for the test of another: the package itself, if listed
	files   []string         // absolute; what cgo made of a package included if it is analyzed

	// own says that the types come from the source in every run. The types of
	// other packages, of the standard library and dependencies, are cached.
	own      bool
	relevant bool // can reach a driver
	unit     bool // is analyzed
	report   bool // its diagnostics are wanted

	depKey     diskcache.Key // of a package that is not own: identifies its source and that of all it depends on
	types      *types.Package
	typesMu    sync.Mutex    // own: guards the making of types
	declErrors []types.Error // of the making of types
	result     *unitResult
	asPlain    map[*node]*node // of external tests: the packages they are checked against instead of imports
}

// A unitResult is what is kept of an own package or of a unit.
type unitResult struct {
	api    unit.Hash // identifies what importers can see
	own    unit.Hash // identifies the facts
	beyond unit.Hash // identifies the facts that indirect importers see, those of dependencies included
	facts  *unit.Facts
	diags  []unit.Diagnostic
	errors []PackageError
	notes  []string

	unsound bool // it, or what it imports, may have things without a type
	misled  bool // it uses some such thing
	failed  bool // it has errors, and nothing of it could be analyzed
}

// A graph is the import graph of what the patterns match.
type graph struct {
	nodes []*node // dependencies first
	byID  map[string]*node
}

// newGraph links the listed packages and decides which are analyzed.
func newGraph(list []*listed, cat *catalog.Catalog) *graph {
	g := &graph{byID: map[string]*node{}}
	for _, p := range list {
		if p.isTestMain() || p.ImportPath == "unsafe" {
			continue
		}
		g.byID[p.ImportPath] = &node{listed: p, path: pkgPath(p.ImportPath)}
	}
	for _, n := range g.byID {
		g.link(n)
	}
	g.sort(list)
	for _, n := range g.nodes {
		n.own = n.isOwn()
		for _, d := range n.deps {
			n.own = n.own || d.own
			n.relevant = n.relevant || d.relevant || cat.Reaches(d.path)
		}
	}
	g.chooseUnits(cat)
	return g
}

func (g *graph) link(n *node) {
	n.imports = map[string]*node{}
	for _, path := range n.Imports {
		// With a test variant the list has the variant's ID, and ImportMap
		// leads to it from the path in the source.
		if d := g.byID[path]; d != nil {
			n.imports[pkgPath(path)] = d
		}
	}
	for path, id := range n.ImportMap {
		if d := g.byID[id]; d != nil {
			n.imports[path] = d
		}
	}
	if len(n.CgoFiles) > 0 {
		// What cgo writes imports these, go list does not mention it.
		for _, path := range []string{"runtime/cgo", "syscall"} {
			if d := g.byID[path]; d != nil && d != n {
				n.imports[path] = d
			}
		}
	}
	for _, d := range n.imports {
		if !slices.Contains(n.deps, d) {
			n.deps = append(n.deps, d)
		}
	}
	if n.recompiled() {
		n.plain = g.byID[n.path]
	}
	slices.SortFunc(n.deps, func(a, b *node) int { return strings.Compare(a.ImportPath, b.ImportPath) })
	for _, name := range slices.Concat(n.GoFiles, n.CgoFiles) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(n.Dir, name)
		}
		n.files = append(n.files, name)
	}
}

// recompiled reports whether n has the same source as another package: it is listed
// again because it imports a package under test.
func (n *node) recompiled() bool {
	return n.ForTest != "" && n.path != n.ForTest && n.path != n.ForTest+"_test"
}

// sort orders the nodes, dependencies first. An import cycle, which the go command
// has reported, is cut where it is met.
func (g *graph) sort(list []*listed) {
	state := map[*node]int{} // 1: being visited, 2: done
	var visit func(n *node)
	visit = func(n *node) {
		state[n] = 1
		if n.plain != nil && state[n.plain] == 0 {
			visit(n.plain)
		}
		n.deps = slices.DeleteFunc(n.deps, func(d *node) bool {
			if state[d] == 0 {
				visit(d)
			}
			return state[d] == 1
		})
		state[n] = 2
		g.nodes = append(g.nodes, n)
	}
	for _, p := range list {
		if n := g.byID[p.ImportPath]; n != nil && state[n] == 0 {
			visit(n)
		}
	}
}

// isOwn reports whether the package itself, whatever it imports, is the user's.
func (n *node) isOwn() bool {
	switch {
	case n.ForTest != "":
		return true // made of the user's package and its tests
	case n.Module != nil:
		return n.Module.Main
	}
	return !n.Standard
}

// chooseUnits marks what is analyzed. As with go vet, a package with tests in it is
// reported on together with them (with as many as type-check, see withoutBroken); alone
// it is analyzed only for the facts that others import.
func (g *graph) chooseUnits(cat *catalog.Catalog) {
	tested := map[string]bool{}
	for _, n := range g.nodes {
		if n.ForTest != "" && n.path == n.ForTest {
			tested[n.path] = true
		}
	}
	for _, n := range g.nodes {
		if n.relevant && len(n.files) > 0 {
			n.report = g.isRoot(n, tested)
			n.unit = n.report
		}
	}
	for _, n := range slices.Backward(g.nodes) {
		if !n.unit {
			continue
		}
		for _, d := range n.deps {
			// What the catalog describes need not be analyzed.
			if d.relevant && len(d.files) > 0 && !cat.Reaches(d.path) {
				d.source().unit = true
			}
		}
	}
}

// source returns the node that is analyzed for the facts about n. The tests of the
// package under test cannot be seen from n's source, so that its facts are those
// of the plain package.
func (n *node) source() *node {
	if n.plain != nil {
		return n.plain
	}
	return n
}

func (g *graph) isRoot(n *node, tested map[string]bool) bool {
	if n.ForTest == "" {
		return !n.DepOnly && !tested[n.path]
	}
	if n.recompiled() {
		return false
	}
	plain := g.byID[n.ForTest]
	return plain == nil || !plain.DepOnly
}

// closure returns the units and everything whose types they need, dependencies
// first.
func (g *graph) closure() []*node {
	need := map[*node]bool{}
	for _, n := range slices.Backward(g.nodes) {
		if !n.unit && !need[n] {
			continue
		}
		need[n] = true
		for _, d := range n.deps {
			need[d] = true
		}
		if n.plain != nil {
			need[n.plain] = true
		}
	}
	var out []*node
	for _, n := range g.nodes {
		if need[n] {
			out = append(out, n)
		}
	}
	return out
}
