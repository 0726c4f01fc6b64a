// Package vetunit makes a program a tool for go vet -vettool and go fix -fixtool:
// the go command starts it once for each package, dependencies included, with a
// file that describes this unit.
//
// It does what x/tools' unitchecker does, with two differences. A unit that cannot
// reach a driver is left before anything is parsed: five units of six in a usual
// project. And its diagnostics are those of package load, which runs the analyzers
// in the same way.
package vetunit

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/vetunit/vetcfg"
)

// A Tool is what the go command runs.
type Tool struct {
	Analyzers []*analysis.Analyzer
	Catalog   *catalog.Catalog // decides which packages can matter; nil is catalog.Default()

	// Config is everything that can change results besides the program and its
	// flags. The go command keeps results as long as it is the same.
	Config string
}

// Is reports whether args, those after the program's name, are from the go command.
func Is(args []string) bool {
	if len(args) == 0 {
		return false
	}
	last := args[len(args)-1]
	return strings.HasSuffix(last, ".cfg") || len(args) == 1 && (isFlag(last, "V=full") || isFlag(last, "flags"))
}

func isFlag(arg, name string) bool { return arg == "-"+name || arg == "--"+name }

// Run does what the go command asks for and returns the exit status: 0, or 1 for
// diagnostics in plain form, a unit that cannot be analyzed, or wrong flags.
func (t *Tool) Run(args []string, stdout, stderr io.Writer) int {
	status, err := t.run(args, stdout, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "connlint: %v\n", err)
		return 1
	}
	return status
}

func (t *Tool) run(args []string, stdout, stderr io.Writer) (int, error) {
	if len(args) == 1 && isFlag(args[0], "V=full") {
		return 0, t.version(stdout)
	}
	o := new(options)
	fs := t.flags(o)
	fs.SetOutput(stderr)
	if err := fs.Parse(args); err != nil {
		return 0, err
	}
	if o.describe {
		return 0, describe(fs, stdout)
	}
	if fs.NArg() != 1 {
		return 0, fmt.Errorf("want one file name.cfg, got %q", fs.Args())
	}
	cfg, err := vetcfg.Read(fs.Arg(0))
	if err != nil {
		return 0, err
	}
	if o.fix || cfg.PackageFile == nil {
		// Edits, and types without compiled packages, are left to x/tools. The
		// other units of such a run come here too: what one writes the other
		// can read.
		unitchecker.Main(t.Analyzers...) // exits
	}
	u := &vetUnit{tool: t, options: o, cfg: cfg, analyzers: o.chosen(t.Analyzers), stderr: stderr}
	return u.run(stdout)
}

// options are the flags that the go command may pass.
type options struct {
	json     bool
	context  int
	fix      bool
	diff     bool
	describe bool
	enabled  map[string]*triState
}

// A triState is a boolean flag that knows whether it was set.
type triState struct{ set, value bool }

func (t *triState) String() string   { return "" }
func (t *triState) IsBoolFlag() bool { return true }
func (t *triState) Set(s string) error {
	v, err := strconv.ParseBool(s)
	t.set, t.value = true, v
	return err
}

func (t *Tool) flags(o *options) *flag.FlagSet {
	fs := flag.NewFlagSet("connlint", flag.ContinueOnError)
	fs.BoolVar(&o.json, "json", false, "emit JSON output")
	fs.IntVar(&o.context, "c", -1, "display offending line with this many lines of context")
	fs.BoolVar(&o.fix, "fix", false, "apply all suggested fixes")
	fs.BoolVar(&o.diff, "diff", false, "with -fix, don't update the files, but print a unified diff")
	fs.BoolVar(&o.describe, "flags", false, "print analyzer flags in JSON")
	o.enabled = map[string]*triState{}
	for _, a := range t.Analyzers {
		o.enabled[a.Name] = new(triState)
		fs.Var(o.enabled[a.Name], a.Name, "enable "+strconv.Quote(a.Name)+" analysis")
		a.Flags.VisitAll(func(f *flag.Flag) { fs.Var(f.Value, a.Name+"."+f.Name, f.Usage) })
	}
	return fs
}

// chosen returns the analyzers that are switched on if any is, otherwise those that
// are not switched off.
func (o *options) chosen(all []*analysis.Analyzer) []*analysis.Analyzer {
	some := slices.ContainsFunc(all, func(a *analysis.Analyzer) bool { return o.enabled[a.Name].value })
	var out []*analysis.Analyzer
	for _, a := range all {
		if e := o.enabled[a.Name]; some && e.value || !some && !e.set {
			out = append(out, a)
		}
	}
	return out
}

// describe tells the go command which flags are legitimate.
func describe(fs *flag.FlagSet, stdout io.Writer) error {
	type jsonFlag struct {
		Name  string
		Bool  bool
		Usage string
	}
	var flags []jsonFlag
	fs.VisitAll(func(f *flag.Flag) {
		if f.Name == "fix" {
			return // the go command's own
		}
		b, ok := f.Value.(interface{ IsBoolFlag() bool })
		flags = append(flags, jsonFlag{f.Name, ok && b.IsBoolFlag(), f.Usage})
	})
	data, err := json.MarshalIndent(flags, "", "\t")
	if err != nil {
		return err
	}
	_, err = stdout.Write(append(data, '\n'))
	return err
}
