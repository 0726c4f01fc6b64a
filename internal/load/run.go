package load

import (
	"context"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/load/diskcache"
	"github.com/connlint/connlint/internal/load/unit"
)

// A run is one analysis of a graph.
type run struct {
	o           *Options
	reg         *unit.Registry
	cache       *diskcache.Cache
	env         *goEnv
	graph       *graph
	sizes       types.Sizes
	base        diskcache.Key // of results
	ignoreTypes bool          // do not read export data

	world    *world
	nodes    []*node           // the closure
	hashes   map[string]string // of own files
	depsOnce sync.Once         // analysis of the dependencies
	depsErr  error
	misses   atomic.Int32
	preload  sync.Once
	analyzed atomic.Int32

	progressMu sync.Mutex
	done       int
}

// runCgo replaces the cgo files of own units by what cgo makes of them. Facts about
// cgo packages among the dependencies are not wanted: they are the drivers
// themselves.
func (r *run) runCgo(ctx context.Context, g goCommand) error {
	need := map[string][]*node{}
	for _, n := range r.graph.nodes {
		if len(n.CgoFiles) == 0 || !n.unit {
			continue
		}
		if !n.own && !n.report {
			n.unit = false
			continue
		}
		path := n.path
		if n.ForTest != "" && r.graph.byID[path] == nil {
			path = n.ForTest
		}
		need[path] = append(need[path], n)
	}
	if len(need) == 0 {
		return nil
	}
	made, err := g.compiled(ctx, slices.Sorted(maps.Keys(need)))
	if err != nil {
		return err
	}
	for path, nodes := range need {
		p := made[path]
		for _, n := range nodes {
			switch {
			case p == nil || len(p.CompiledGoFiles) == 0:
				if n.Error == nil {
					n.Error = &listError{Err: "cgo failed"}
				}
				if p != nil && p.Error != nil {
					n.Error = p.Error
				}
				n.unit, n.report = false, false
			default:
				n.files = compiledFiles(n, p)
			}
		}
	}
	return nil
}

// compiledFiles returns the files of n with those that cgo made in place of its cgo
// files.
func compiledFiles(n *node, p *listed) []string {
	var out []string
	for _, f := range p.CompiledGoFiles {
		if !filepath.IsAbs(f) {
			f = filepath.Join(p.Dir, f)
		}
		if strings.HasSuffix(f, ".go") || filepath.Dir(f) != p.Dir {
			out = append(out, f)
		}
	}
	for _, f := range n.GoFiles {
		if !filepath.IsAbs(f) {
			f = filepath.Join(n.Dir, f)
		}
		if !slices.Contains(out, f) {
			out = append(out, f) // a test file
		}
	}
	return out
}

// keys computes the keys of the environment and of all dependencies, and hashes the
// user's files; known has hashes that need not be computed.
func (r *run) keys(known map[string]string) error {
	base := typesKey(r.env)
	var err error
	if r.base, err = resultsKey(base, r.o); err != nil {
		return err
	}
	r.nodes = r.graph.closure()
	r.hashes = map[string]string{}
	var names []string
	for _, n := range r.nodes {
		if !n.own && n.immutable(r.env) {
			continue
		}
		for _, name := range n.files {
			if _, ok := r.hashes[name]; ok {
				continue
			}
			if r.hashes[name] = known[name]; known[name] == "" {
				names = append(names, name)
			}
		}
	}
	sums := make([]string, len(names))
	r.parallel(len(names), func(i int) { sums[i] = hashFile(names[i]) })
	for i, name := range names {
		r.hashes[name] = sums[i]
	}
	for _, n := range r.nodes {
		if !n.own {
			n.setDepKey(base, r.env, func(name string) string { return r.hashes[name] })
		}
	}
	return nil
}

// parallel calls f for each i below n, as many at a time as there are jobs.
func (r *run) parallel(n int, f func(i int)) {
	var next atomic.Int32
	var wg sync.WaitGroup
	for range min(r.o.jobs(), n) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				f(i)
			}
		})
	}
	wg.Wait()
}

// analyzeAll settles all own packages, each after those that it imports.
func (r *run) analyzeAll(ctx context.Context) error {
	cache := r.cache
	if r.ignoreTypes {
		cache = nil
	}
	r.world = newWorld(cache, r.sizes, r.o.jobs())
	r.depsOnce, r.preload = sync.Once{}, sync.Once{}
	r.misses.Store(0)
	r.analyzed.Store(0)
	r.done = 0
	var own []*node
	for _, n := range r.nodes {
		n.types, n.result = nil, nil
		if n.own {
			own = append(own, n)
		}
	}
	if slices.ContainsFunc(r.nodes, func(n *node) bool { return n.report && !n.own }) {
		if r.depsOnce.Do(func() { r.depsErr = r.analyzeDeps() }); r.depsErr != nil {
			return r.depsErr
		}
	}
	return r.inOrder(own, func(n *node) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return r.settle(n)
	})
}

// inOrder calls f for the nodes, several at a time, each after those of the others
// that it imports. It returns the first error; what has not begun by then is left
// out. Nodes are listed dependencies first, so whoever waits waits for one that
// runs.
func (r *run) inOrder(nodes []*node, f func(*node) error) error {
	finished := map[*node]chan struct{}{}
	for _, n := range nodes {
		finished[n] = make(chan struct{})
	}
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		first error
	)
	failed := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return first != nil
	}
	slots := make(chan struct{}, r.o.jobs())
	for _, n := range nodes {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			defer close(finished[n])
			for _, d := range n.deps {
				if c := finished[d]; c != nil {
					<-c
				}
			}
			if c := finished[n.plain]; c != nil {
				<-c
			}
			if failed() {
				return
			}
			if err := f(n); err != nil {
				mu.Lock()
				if first == nil {
					first = err
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return first
}

// settle finds or makes the result of an own package.
func (r *run) settle(n *node) error {
	if n.derived() {
		n.result = r.recompiledResult(n)
		return nil
	}
	key := r.ownKey(n)
	if n.result = r.loadResult(key); n.result == nil {
		if err := r.miss(n); err != nil {
			return err
		}
		r.storeResult(key, n.result)
	}
	r.progress(n)
	return nil
}

func (r *run) progress(n *node) {
	if r.o.Progress == nil || !n.unit {
		return
	}
	r.progressMu.Lock()
	defer r.progressMu.Unlock()
	total := 0
	for _, m := range r.nodes {
		if m.own && m.unit {
			total++
		}
	}
	r.done++
	r.o.Progress(r.done, total)
}

// ownKey identifies everything on which the result of an own package depends: its
// source and what it can see of its imports.
func (r *run) ownKey(n *node) diskcache.Key {
	k := newKey("own", n.ImportPath, n.Dir, n.Name, n.mode())
	k.addKey(r.base)
	k.addModule(n.Module)
	for _, f := range n.files {
		k.add(f)
		k.add(r.hashes[f])
	}
	k.addError(n)
	k.addImports(n, func(d *node) {
		switch {
		case !d.own:
			k.addKey(d.depKey)
			k.add(d.mode())
		case d.result != nil:
			k.addKey(d.result.api)
			k.addKey(d.result.own)
			k.addKey(d.result.beyond)
		}
	})
	return k.sum()
}

func (n *node) mode() string {
	switch {
	case n.report:
		return "report"
	case n.unit:
		return "facts"
	}
	return "types"
}

// preloadShare is the part of the user's packages that has to be made anew before
// it pays to assume that all have, and to load all dependencies at once. One at a
// time each waits for the analyses that are running.
const preloadShare = 4

// miss makes the result of an own package that is not cached.
func (r *run) miss(n *node) error {
	r.depsOnce.Do(func() { r.depsErr = r.analyzeDeps() })
	if r.depsErr != nil {
		return r.depsErr
	}
	if r.misses.Add(1) > int32(8+len(r.nodes)/preloadShare) || r.cache == nil {
		var err error
		r.preload.Do(func() { err = r.loadAllDeps() })
		if err != nil {
			return err
		}
	}
	r.view(n)
	if err := r.makeImports(n); err != nil {
		return err
	}
	if !n.unit {
		if err := r.makeTypes(n); err != nil {
			return err
		}
		n.result = &unitResult{api: r.api(n), errors: packageErrors(n, n.declErrors)}
		n.result.unsound = len(n.declErrors) > 0 || dependsOnUnsound(n)
		if p := n.plain; p != nil && p.result != nil {
			n.result.facts, n.result.own = p.result.facts, p.result.own
		}
		n.result.beyond = r.beyond(n, n.result.facts)
		return nil
	}
	return r.analyzeOwn(n)
}

// loadAllDeps loads the dependencies of all own packages.
func (r *run) loadAllDeps() error {
	var deps []*node
	for _, n := range r.nodes {
		if n.own {
			deps = append(deps, n.deps...)
			if !n.derived() {
				r.world.reserve(n)
			}
		}
	}
	return r.world.loadDeps(deps)
}

// makeImports makes the types of what n imports.
func (r *run) makeImports(n *node) error {
	deps := n.seenDeps()
	if r.world.haveDeps(deps) {
		// The common case once everything is loaded; it must not wait for
		// the analyses that are running.
	} else if err := r.world.loadDeps(deps); err != nil {
		return err
	}
	for _, d := range deps {
		if d.own {
			if err := r.makeTypes(d); err != nil {
				return err
			}
		}
	}
	return nil
}

// makeTypes makes the types of an own package, without function bodies, unless they
// are there.
func (r *run) makeTypes(n *node) error {
	n.typesMu.Lock()
	defer n.typesMu.Unlock()
	if n.types != nil {
		return nil
	}
	if err := r.makeImports(n); err != nil {
		return err
	}
	r.world.mu.RLock()
	defer r.world.mu.RUnlock()
	c := r.world.check(n, false, r.world.typesOf)
	if len(n.CgoFiles) == 0 { // otherwise types that only cgo knows look like errors
		n.declErrors = hard(c.errors)
	}
	r.world.adopt(n, c.pkg)
	return nil
}

// analyzeOwn checks an own package with function bodies and runs the analyzers on
// it.
func (r *run) analyzeOwn(n *node) error {
	n.typesMu.Lock()
	defer n.typesMu.Unlock()
	r.world.mu.RLock()
	defer r.world.mu.RUnlock()
	c := r.world.check(n, true, r.world.typesOf)
	if n.types == nil {
		r.world.adopt(n, c.pkg)
	}
	errs := packageErrors(n, c.errors)
	wrong := len(hard(c.errors)) > 0
	unsound := wrong || dependsOnUnsound(n)
	var out unit.Output
	left, ok := r.withoutBroken(n, c)
	if ok {
		errs = append(errs, leftOut(n, c, left, r.world.fset)...)
		out = r.analyze(n, left)
		out.Facts = out.Facts.Moved(left.pkg, n.types)
	} else {
		out = r.analyze(n, c)
	}
	n.result = &unitResult{
		api:     r.api(n),
		own:     out.Facts.Hash(),
		beyond:  r.beyond(n, out.Facts),
		facts:   out.Facts,
		diags:   out.Diagnostics,
		errors:  errs,
		notes:   out.Notes,
		unsound: unsound,
		misled:  wrong || unsound && usesInvalid(c),
		failed:  wrong && !ok,
	}
	return nil
}

// analyze runs the analyzers on a checked package.
func (r *run) analyze(n *node, c checked) unit.Output {
	r.analyzed.Add(1)
	in := unit.Input{
		Registry:   r.reg,
		Fset:       r.world.fset,
		Files:      c.files,
		Pkg:        c.pkg,
		Info:       c.info,
		Sizes:      r.sizes,
		TypeErrors: hard(c.errors),
		FactsOf:    func(pkg *types.Package) (*unit.PackageFacts, bool) { return r.factsOf(n, pkg) },
		FactsOnly:  !n.report,
	}
	if m := n.Module; m != nil {
		in.Module = &analysis.Module{Path: m.Path, Version: m.Version, GoVersion: m.GoVersion}
	}
	return unit.Run(in)
}
