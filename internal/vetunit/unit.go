package vetunit

import (
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/catalog/data"
	"github.com/connlint/connlint/internal/load/unit"
	"github.com/connlint/connlint/internal/vetunit/vetcfg"
)

// A vetUnit is one package for go vet.
type vetUnit struct {
	tool      *Tool
	options   *options
	cfg       *vetcfg.Config
	analyzers []*analysis.Analyzer
	stderr    io.Writer

	fset    *token.FileSet
	reg     *unit.Registry
	visible *visibleFacts
}

func (u *vetUnit) run(stdout io.Writer) (int, error) {
	relevant, err := u.relevant()
	if err != nil {
		return 0, err
	}
	if !relevant || u.cfg.VetxOnly && u.cfg.ForeignCgo() {
		// A header makes importers relevant.
		var header []byte
		if relevant {
			header = []byte(vetxMagic)
		}
		return 0, u.finish(stdout, header, nil)
	}
	if u.reg, err = unit.NewRegistry(u.analyzers); err != nil {
		return 0, err
	}
	if u.visible, err = u.readFacts(); err != nil {
		return 0, err
	}
	u.fset = token.NewFileSet()
	in, errs := u.check(u.cfg.GoFiles)
	if len(errs) > 0 {
		if u.cfg.SucceedOnTypecheckFailure || u.cfg.VetxOnly {
			return 0, u.finish(stdout, []byte(vetxMagic), nil)
		}
		for _, err := range errs {
			fmt.Fprintln(u.stderr, err)
		}
		if in = u.withoutTests(); in != nil {
			out := unit.Run(*in) // as text: the go command does not decode what a failed tool writes
			u.stderr.Write(u.reportText(unit.Sort(out.Diagnostics), out.Notes).stderr)
		}
		return 1, nil
	}
	out := unit.Run(*in)
	report := u.report(out)
	if err := u.finish(stdout, u.visible.encode(u.cfg.ImportPath, out.Facts), report.stdout); err != nil {
		return 0, err
	}
	u.stderr.Write(report.stderr)
	return report.status, nil
}

// relevant reports whether the unit has to be looked at.
func (u *vetUnit) relevant() (bool, error) {
	reaches := data.Reaches
	if u.tool.Catalog != nil {
		reaches = u.tool.Catalog.Reaches
	}
	return u.cfg.Relevant(reaches)
}

// finish writes what the go command keeps.
func (u *vetUnit) finish(stdout io.Writer, vetx, text []byte) error {
	return u.cfg.Finish(stdout, u.options.json, vetx, text)
}

// withoutTests checks the package without the tests inside it, in which there are
// errors. It returns nil if there are others, or if that leaves nothing.
func (u *vetUnit) withoutTests() *unit.Input {
	names := slices.DeleteFunc(slices.Clone(u.cfg.GoFiles), func(name string) bool { return strings.HasSuffix(name, "_test.go") })
	if len(names) == 0 || len(names) == len(u.cfg.GoFiles) {
		return nil
	}
	in, errs := u.check(names)
	if len(errs) > 0 {
		return nil
	}
	return in
}

// check parses and type-checks the unit, as if it had the files of these names.
func (u *vetUnit) check(names []string) (*unit.Input, []error) {
	var files []*ast.File
	var errs []error
	for _, name := range names {
		f, err := parser.ParseFile(u.fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		files = append(files, f)
	}
	if len(errs) > 0 {
		return nil, errs
	}
	info := unit.NewInfo(files)
	conf := types.Config{
		Importer:  u.importer(),
		Sizes:     types.SizesFor("gc", goarch()),
		GoVersion: u.cfg.GoVersion,
		Error:     func(err error) { errs = append(errs, err) },
	}
	pkg, _ := conf.Check(u.cfg.ImportPath, u.fset, files, info)
	return &unit.Input{
		Registry:     u.reg,
		Fset:         u.fset,
		Files:        files,
		Pkg:          pkg,
		Info:         info,
		Sizes:        conf.Sizes,
		Module:       u.module(),
		OtherFiles:   u.cfg.NonGoFiles,
		IgnoredFiles: u.cfg.IgnoredFiles,
		FactsOf:      u.visible.of,
		FactsOnly:    u.cfg.VetxOnly,
	}, errs
}

func (u *vetUnit) module() *analysis.Module {
	m := u.cfg.Module
	if m == nil {
		return nil
	}
	return &analysis.Module{Path: m.Path, Version: m.Version, GoVersion: m.GoVersion}
}

func goarch() string {
	if arch := os.Getenv("GOARCH"); arch != "" {
		return arch
	}
	return runtime.GOARCH
}

// importer reads the export data that the compiler wrote.
func (u *vetUnit) importer() types.Importer {
	compiled := importer.ForCompiler(u.fset, "gc", func(path string) (io.ReadCloser, error) {
		file := u.cfg.PackageFile[path]
		if file == "" {
			return nil, errors.New("no export data")
		}
		// The types are at the beginning; the machine code that follows is
		// most of the file, and is not read.
		return os.Open(file)
	})
	return importerFunc(func(path string) (*types.Package, error) {
		mapped, ok := u.cfg.ImportMap[path]
		if !ok {
			return nil, fmt.Errorf("the go command does not know %q", path)
		}
		return compiled.Import(mapped)
	})
}

type importerFunc func(path string) (*types.Package, error)

func (f importerFunc) Import(path string) (*types.Package, error) { return f(path) }
