package driver

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/config"
	"github.com/connlint/connlint/internal/directive"
	"github.com/connlint/connlint/internal/load"
	"github.com/connlint/connlint/internal/report"
	"github.com/connlint/connlint/passes"
)

// options are the flags of the main command, after the configuration has been
// laid under them.
type options struct {
	patterns []string

	dir         string
	tags        []string
	tests       bool
	generated   bool
	exclude     []string
	catalog     []string
	roots       []string
	cache       load.Level
	configFile  string
	noConfig    bool
	switches    map[string]config.Switch // by rule or rule/category
	only        map[string]bool          // -RULE and -RULE=false
	failOn      config.FailOn
	baseline    string
	baselineOut baselineFlag
	newFrom     string
	fix, diff   bool
	format      string
	json        bool
	outputs     []output
	base        string
	color       string
	verbose     bool

	set map[string]bool // flags given on the command line
}

// An output is a format and the file it goes to.
type output struct {
	format, file string
}

// baselineFlag is a flag that may stand alone or have a file.
type baselineFlag struct {
	on   bool
	file string
}

func (b *baselineFlag) String() string   { return b.file }
func (b *baselineFlag) IsBoolFlag() bool { return true }
func (b *baselineFlag) Set(s string) error {
	if on, err := strconv.ParseBool(s); err == nil {
		*b = baselineFlag{on: on}
		return nil
	}
	*b = baselineFlag{true, s}
	return nil
}

// triFlag is the flag with the name of a rule.
type triFlag struct {
	name string
	only map[string]bool
}

func (t triFlag) String() string   { return "" }
func (t triFlag) IsBoolFlag() bool { return true }
func (t triFlag) Set(s string) error {
	on, err := strconv.ParseBool(s)
	if err != nil {
		return errors.New("want true or false")
	}
	t.only[t.name] = on
	return nil
}

// newFlags returns the flag set that fills o.
func newFlags(o *options) *flag.FlagSet {
	fs := flag.NewFlagSet("connlint", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	o.switches, o.only, o.set = map[string]config.Switch{}, map[string]bool{}, map[string]bool{}
	o.cache = load.Full

	fs.StringVar(&o.dir, "C", "", "run in `dir`, as go -C does")
	list(fs, &o.tags, "tags", "comma-separated build `tags`")
	fs.BoolVar(&o.tests, "tests", true, "report test files, too")
	fs.BoolVar(&o.generated, "generated", false, "report generated files, too")
	list(fs, &o.exclude, "exclude", "comma-separated `patterns` of files and directories not to report")
	list(fs, &o.catalog, "catalog", "comma-separated `files` that describe your own resource types and functions")
	list(fs, &o.roots, "roots", "comma-separated `types` such as example.com/app.Context: a function with such a parameter serves a request")
	fs.Var(&o.cache, "cache", "how much of earlier runs to use: `level` off, units, graph or full")
	fs.StringVar(&o.configFile, "config", "", "configuration `file` (default .connlint.yml, upwards from here)")
	fs.BoolVar(&o.noConfig, "no-config", false, "read no configuration file")
	fs.Func("enable", "comma-separated `rules` or rule/category to run beside the default ones", o.switcher("on"))
	fs.Func("disable", "comma-separated `rules` or rule/category not to run", o.switcher("off"))
	fs.Func("severity", "`rule=severity`: error, warning or note for a rule or rule/category; repeatable", o.setSeverity)
	fs.Func("fail-on", "least `severity` that makes the exit status 1: error, warning (default), note or never", func(s string) (err error) {
		o.failOn, err = config.ParseFailOn(s)
		return err
	})
	fs.StringVar(&o.baseline, "baseline", "", "do not report what stands in `file`")
	fs.Var(&o.baselineOut, "write-baseline", "write all findings to the baseline, or to `[=file]`, and report none")
	fs.StringVar(&o.newFrom, "new-from-rev", "", "report only what touches lines changed since the git `revision`")
	fs.BoolVar(&o.fix, "fix", false, "apply the suggested fixes")
	fs.BoolVar(&o.diff, "diff", false, "print what -fix would change, and exit with 1 if that is anything")
	fs.StringVar(&o.format, "format", "", "output `format`: "+strings.Join(report.Formats(), ", ")+" (default text on a terminal, else plain)")
	fs.BoolVar(&o.json, "json", false, "the same as -format=json")
	fs.Func("output", "`format=file`: write the report to a file, too; repeatable", o.addOutput)
	fs.StringVar(&o.base, "base", "", "`directory` that file names in reports are relative to (default: here for text and plain, else the checkout on GitHub and GitLab or the module)")
	fs.StringVar(&o.color, "color", "auto", "`when` to use colour: auto, always or never")
	fs.BoolVar(&o.verbose, "v", false, "say on stderr what is done")
	for _, a := range passes.All {
		ruleFlags(fs, a, o)
	}
	return fs
}

// ruleFlags adds the flags of a rule, -RULE and -RULE.FLAG, as go vet has them.
func ruleFlags(fs *flag.FlagSet, a *analysis.Analyzer, o *options) {
	fs.Var(triFlag{a.Name, o.only}, a.Name, "run only this rule (and others named so); =false: all but this one")
	a.Flags.VisitAll(func(f *flag.Flag) {
		fs.Var(f.Value, a.Name+"."+f.Name, f.Usage)
	})
}

// list adds a flag for words separated by commas. It may be repeated.
func list(fs *flag.FlagSet, out *[]string, name, usage string) {
	fs.Func(name, usage, func(s string) error {
		for _, word := range strings.Split(s, ",") {
			if word = strings.TrimSpace(word); word != "" {
				*out = append(*out, word)
			}
		}
		return nil
	})
}

func (o *options) switcher(value string) func(string) error {
	sw, err := config.ParseSwitch(value)
	return func(s string) error {
		if err != nil {
			return err
		}
		for _, name := range strings.Split(s, ",") {
			if err := o.addSwitch(strings.TrimSpace(name), sw); err != nil {
				return err
			}
		}
		return nil
	}
}

func (o *options) addSwitch(name string, sw config.Switch) error {
	rule, _, _ := strings.Cut(name, "/")
	if findRule(rule) == nil {
		return fmt.Errorf("there is no rule %s: see connlint rules", rule)
	}
	o.switches[name] = sw
	return nil
}

func (o *options) setSeverity(s string) error {
	name, value, ok := strings.Cut(s, "=")
	if !ok {
		return fmt.Errorf("want rule=severity, not %q", s)
	}
	severity, err := config.ParseSeverity(value)
	if err != nil {
		return err
	}
	old := o.switches[name]
	old.Severity = severity
	return o.addSwitch(name, old)
}

func (o *options) addOutput(s string) error {
	format, file, ok := strings.Cut(s, "=")
	if !ok || file == "" {
		return fmt.Errorf("want format=file, not %q", s)
	}
	if _, err := report.ForFormat(format); err != nil {
		return err
	}
	o.outputs = append(o.outputs, output{format, file})
	return nil
}

// parseOptions parses the command line. Flags may stand behind packages.
func parseOptions(args []string) (*options, error) {
	o := new(options)
	fs := newFlags(o)
	for {
		if err := fs.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, usageError{err}
		}
		rest := fs.Args()
		if len(rest) == 0 {
			break
		}
		if end := len(args) - len(rest); end > 0 && args[end-1] == "--" {
			o.patterns = append(o.patterns, rest...)
			break
		}
		o.patterns = append(o.patterns, rest[0])
		args = rest[1:]
	}
	fs.Visit(func(f *flag.Flag) { o.set[f.Name] = true })
	if len(o.patterns) == 0 {
		o.patterns = []string{"./..."}
	}
	return o, o.check()
}

// check refuses flags that contradict each other.
func (o *options) check() error {
	if o.json {
		if o.set["format"] && o.format != "json" {
			return usagef("-json and -format=%s contradict each other", o.format)
		}
		o.format = "json"
	}
	if o.format != "" {
		if _, err := report.ForFormat(o.format); err != nil {
			return usageError{err}
		}
	}
	switch {
	case !slices.Contains([]string{"auto", "always", "never"}, o.color):
		return usagef("-color is auto, always or never, not %q", o.color)
	case o.fix && o.diff:
		return usagef("-fix and -diff contradict each other")
	case o.baselineOut.on && (o.fix || o.diff):
		return usagef("-write-baseline goes neither with -fix nor with -diff")
	case o.noConfig && o.configFile != "":
		return usagef("-config and -no-config contradict each other")
	}
	return nil
}

// isRule reports whether there is a rule of that name.
func isRule(name string) bool { return findRule(name) != nil && name != directive.Name }

// findRule returns the rule of that name, or the analyzer of directives; nil if
// there is none.
func findRule(name string) *analysis.Analyzer {
	if name == directive.Name {
		return directive.Analyzer
	}
	for _, a := range passes.All {
		if a.Name == name {
			return a
		}
	}
	return nil
}
