package load

import (
	"context"
	"errors"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/packages"

	"github.com/connlint/connlint/internal/load/unit"
)

// foreignDriver reports whether another build system than the go command knows the
// packages: GOPACKAGESDRIVER names its program.
func (o *Options) foreignDriver() bool {
	name := o.getenv("GOPACKAGESDRIVER")
	return name != "" && name != "off"
}

// runForeign analyzes what the foreign driver lists. What it has compiled is used,
// nothing is cached, and of dependencies outside the patterns no facts are known.
func runForeign(ctx context.Context, o *Options) (*Result, error) {
	reg, err := unit.NewRegistry(o.Analyzers)
	if err != nil {
		return nil, err
	}
	roots, err := packages.Load(&packages.Config{
		Context:    ctx,
		Mode:       packages.LoadSyntax | packages.NeedModule | packages.NeedForTest,
		Dir:        o.Dir,
		Env:        o.environ(),
		BuildFlags: o.BuildFlags,
		Tests:      o.Tests,
	}, o.Patterns...)
	if err != nil {
		return nil, err
	}
	f := &foreign{
		o:     o,
		reg:   reg,
		roots: map[*packages.Package]bool{},
		plain: map[string]*packages.Package{},
		bound: map[*types.Package]*unit.PackageFacts{},
		facts: map[string]*unit.Facts{},
		done:  map[*packages.Package]bool{},
		res:   new(Result),
	}
	tested := map[string]bool{}
	for _, p := range roots {
		f.roots[p] = true
		if p.ForTest == "" {
			f.plain[p.PkgPath] = p
		}
		if p.ForTest != "" && p.PkgPath == p.ForTest && !p.IllTyped {
			tested[p.PkgPath] = true
		}
	}
	f.tested = tested
	for _, p := range roots {
		if err := f.visit(ctx, p); err != nil {
			return nil, err
		}
	}
	res := f.res
	res.Diagnostics = unit.Sort(res.Diagnostics)
	res.Errors = sortErrors(res.Errors)
	for _, list := range []*[]string{&res.Notes, &res.Files} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return res, nil
}

// foreign is the state of runForeign.
type foreign struct {
	o      *Options
	reg    *unit.Registry
	roots  map[*packages.Package]bool
	tested map[string]bool              // packages that are among the roots together with tests that type-check
	plain  map[string]*packages.Package // the roots that are no test variants, by path
	bound  map[*types.Package]*unit.PackageFacts
	facts  map[string]*unit.Facts // about plain packages, by path
	done   map[*packages.Package]bool
	res    *Result
}

func (f *foreign) visit(ctx context.Context, p *packages.Package) error {
	if f.done[p] || !f.roots[p] {
		return nil
	}
	f.done[p] = true
	for _, path := range slices.Sorted(maps.Keys(p.Imports)) {
		imp := p.Imports[path]
		if !f.roots[imp] && f.plain[imp.PkgPath] != nil {
			imp = f.plain[imp.PkgPath] // imp is recompiled for a test; the facts are the same
		}
		if err := f.visit(ctx, imp); err != nil {
			return err
		}
	}
	if plain := f.plain[p.PkgPath]; p.IllTyped && plain != nil {
		if err := f.visit(ctx, plain); err != nil { // its facts stand for those of p
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if p.ForTest == "" {
		f.res.Packages++
		if p.IllTyped {
			f.res.Lost++
		}
	}
	for _, e := range p.Errors {
		f.res.Errors = append(f.res.Errors, PackageError{PkgPath: p.PkgPath, Pos: parsePosition(e.Pos, f.o.Dir), Message: e.Msg})
	}
	if p.Types == nil || len(p.Syntax) == 0 || p.Name == "main" && strings.HasSuffix(p.PkgPath, ".test") {
		return nil
	}
	f.analyze(p)
	return nil
}

func (f *foreign) analyze(p *packages.Package) {
	report := f.o.Tests && p.ForTest != "" || !f.tested[p.PkgPath]
	in := unit.Input{
		Registry:   f.reg,
		Fset:       p.Fset,
		Files:      p.Syntax,
		Pkg:        p.Types,
		Info:       p.TypesInfo,
		Sizes:      p.TypesSizes,
		TypeErrors: hard(p.TypeErrors),
		FactsOnly:  !report,
		FactsOf: func(pkg *types.Package) (*unit.PackageFacts, bool) {
			return f.factsOf(pkg), slices.Contains(p.Types.Imports(), pkg)
		},
	}
	if p.IllTyped && len(in.TypeErrors) == 0 {
		in.TypeErrors = []types.Error{{Fset: p.Fset, Msg: errIllTyped.Error()}} // in an import
	}
	if m := p.Module; m != nil {
		in.Module = &analysis.Module{Path: m.Path, Version: m.Version, GoVersion: m.GoVersion}
	}
	out := unit.Run(in)
	if len(in.TypeErrors) == 0 {
		f.bound[p.Types] = unit.Bind(f.reg, p.Types, out.Facts)
	}
	if p.ForTest == "" {
		f.facts[p.PkgPath] = out.Facts
	}
	f.res.Units++
	f.res.Analyzed++
	f.res.Notes = append(f.res.Notes, out.Notes...)
	if report {
		f.res.Diagnostics = append(f.res.Diagnostics, out.Diagnostics...)
		for _, name := range p.GoFiles {
			f.res.Files = append(f.res.Files, filepath.Clean(name))
		}
	}
}

func (f *foreign) factsOf(pkg *types.Package) *unit.PackageFacts {
	b := f.bound[pkg]
	if b == nil && f.facts[pkg.Path()] != nil {
		b = unit.Bind(f.reg, pkg, f.facts[pkg.Path()])
		f.bound[pkg] = b
	}
	return b
}

var errIllTyped = errors.New("an import has errors")
