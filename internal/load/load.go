// Package load finds the packages that can reach a database, type-checks them and
// runs analyzers on them, all in one process; nothing is ever compiled.
//
// What the user owns is type-checked from source, with function bodies where it is
// analyzed. Of dependencies the declarations are enough; these are cached as
// export data. Dependencies that can reach a driver are analyzed once for their
// facts. The results of a unit are cached under a hash of its source and of what
// it can see of its imports, so that an edit costs what it changes.
package load

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/connlint/connlint/internal/load/diskcache"
	"github.com/connlint/connlint/internal/load/unit"
)

// Run analyzes the packages that o.Patterns match. It returns an error only if
// nothing could be analyzed at all: the go command is missing or refused the
// patterns. What went wrong with single packages is in Result.Errors.
func Run(ctx context.Context, o Options) (*Result, error) {
	if o.foreignDriver() {
		return runForeign(ctx, &o)
	}
	began := time.Now()
	cache, err := openCache(&o)
	if err != nil {
		return nil, err
	}
	st := openState(&o, cache, began)
	before := st.earlier(o.Cache)
	if before.result != nil {
		return before.result, nil
	}
	reg, err := unit.NewRegistry(o.Analyzers)
	if err != nil {
		return nil, err
	}
	cmd := goCommand{dir: o.Dir, env: o.environ(), flags: o.BuildFlags}
	g := before.graph
	if g == nil {
		if g, err = cmd.graph(ctx, &o); err != nil {
			return nil, err
		}
	}
	r := &run{o: &o, reg: reg, cache: cache, env: g.Env, graph: newGraph(g.List, o.catalog())}
	if r.sizes = types.SizesFor("gc", r.env.GOARCH); r.sizes == nil {
		return nil, fmt.Errorf("unknown GOARCH %q", r.env.GOARCH)
	}
	if err := r.runCgo(ctx, cmd); err != nil {
		return nil, err
	}
	if err := r.keys(before.hashes); err != nil {
		return nil, err
	}
	err = r.analyzeAll(ctx)
	if errors.Is(err, errStub) {
		r.ignoreTypes = true
		err = r.analyzeAll(ctx)
	}
	if err != nil {
		return nil, err
	}
	res := r.gather(g.List)
	if before.graph != nil {
		res.Reused = Graph
	}
	st.save(ctx, r, g, res)
	cache.Trim(time.Now())
	return res, nil
}

// graph asks the go command for its environment and the import graph.
func (g goCommand) graph(ctx context.Context, o *Options) (*storedGraph, error) {
	env, err := g.goEnv(ctx)
	if err != nil {
		return nil, err
	}
	list, err := g.list(ctx, o.Tests, o.Patterns)
	if err != nil {
		return nil, err
	}
	return &storedGraph{Env: env, List: list}, nil
}

// openCache returns the cache that o asks for, nil if none.
func openCache(o *Options) (*diskcache.Cache, error) {
	if o.Cache == Off {
		return nil, nil
	}
	dir := o.CacheDir
	if dir == "" {
		dir = os.Getenv("CONNLINT_CACHE")
	}
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			o.warn("no cache: %v", err)
			return nil, nil
		}
		dir = filepath.Join(base, "connlint")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	return diskcache.Open(dir, o.Warn), nil
}

// gather puts the results together.
func (r *run) gather(list []*listed) *Result {
	res := &Result{Analyzed: int(r.analyzed.Load())}
	base := r.o.Dir
	if abs, err := filepath.Abs(base); err == nil {
		base = abs
	}
	roots := map[string]bool{}
	for _, p := range list {
		if !p.DepOnly && p.ForTest == "" && !p.isTestMain() {
			roots[p.ImportPath] = true
		}
	}
	res.Packages = len(roots)
	for path := range roots {
		if r.graph.lost(path) {
			res.Lost++
		}
	}
	res.Errors = listErrors(r.graph, base)
	misleading := r.graph.misleading()
	for _, n := range r.graph.nodes {
		if n.unit {
			res.Units++
		}
		if n.result == nil {
			continue
		}
		if n.unit || misleading[n] {
			res.Errors = append(res.Errors, n.result.errors...)
		}
		res.Notes = append(res.Notes, n.result.notes...)
		if n.report {
			res.Diagnostics = append(res.Diagnostics, n.result.diags...)
			res.Files = append(res.Files, n.written()...)
		}
	}
	res.Diagnostics = unit.Sort(res.Diagnostics)
	res.Errors = sortErrors(res.Errors)
	slices.Sort(res.Notes)
	res.Notes = slices.Compact(res.Notes)
	slices.Sort(res.Files)
	res.Files = slices.Compact(res.Files)
	return res
}

// written returns the files of the package that somebody wrote: not those that cgo
// made of them.
func (n *node) written() []string {
	var out []string
	for _, name := range slices.Concat(n.GoFiles, n.CgoFiles) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(n.Dir, name)
		}
		out = append(out, name)
	}
	return out
}

// listErrors returns what the go command could not load of the user's packages and
// of what they import.
func listErrors(g *graph, base string) []PackageError {
	concerns := map[*node]bool{}
	for _, n := range g.nodes {
		if !n.DepOnly {
			concerns[n] = true
		}
		if n.own {
			for _, d := range n.deps {
				concerns[d] = true
			}
		}
	}
	var out []PackageError
	for _, n := range g.nodes {
		if n.unloaded() && concerns[n] {
			out = append(out, n.packageError(base))
		}
	}
	return out
}

// lacksEmbedded reports whether nothing is wrong with the package but that a file
// to embed is not there: a web front end that is not built, most often. The
// analysis does not need it.
func (n *node) lacksEmbedded() bool {
	return n.Error != nil && len(n.files) > 0 && strings.HasPrefix(strings.TrimSpace(n.Error.Err), "pattern ")
}

func sortErrors(all []PackageError) []PackageError {
	slices.SortFunc(all, func(a, b PackageError) int {
		return cmp.Or(
			strings.Compare(a.Pos.File, b.Pos.File),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Col, b.Pos.Col),
			strings.Compare(a.Message, b.Message),
			cmp.Compare(b.Pos.Offset, a.Pos.Offset),
			strings.Compare(a.PkgPath, b.PkgPath),
		)
	})
	return slices.CompactFunc(all, func(a, b PackageError) bool {
		a.Pos.Offset = b.Pos.Offset // the go command does not tell it
		return a.Pos == b.Pos && a.Message == b.Message
	})
}
