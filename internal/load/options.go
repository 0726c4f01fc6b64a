package load

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/load/unit"
)

// A Level says how much of earlier runs is used. Every level gives the result
// that Off gives.
type Level int

// The levels, each includes those before it.
const (
	Off   Level = iota // nothing is read or written
	Units              // results of units and types of dependencies, by content
	Graph              // the import graph, while no file's header changed
	Full               // the findings, while no file changed
)

var levels = []string{"off", "units", "graph", "full"}

func (l Level) String() string { return levels[l] }

// Set implements flag.Value.
func (l *Level) Set(s string) error {
	for i, name := range levels {
		if s == name {
			*l = Level(i)
			return nil
		}
	}
	return fmt.Errorf("unknown cache level %q (want off, units, graph or full)", s)
}

// Options say what to analyze and how.
type Options struct {
	Dir        string   // where the go command runs; "" is the current directory
	Patterns   []string // package patterns; none is "."
	Tests      bool     // analyze test files too
	BuildFlags []string // further flags of go list, such as -tags=x or -mod=vendor
	Env        []string // environment of the go command; nil is os.Environ()

	Analyzers []*analysis.Analyzer
	Catalog   *catalog.Catalog // decides which packages can matter; nil is catalog.Default()

	Cache     Level
	CacheDir  string // "" is $CONNLINT_CACHE, or connlint in the user's cache directory
	ConfigKey string // everything else that can change a result: flags of analyzers, the text of further catalog files

	Jobs     int                   // units analyzed at a time; 0 is the number of processors
	Warn     func(string)          // called with conditions that slow connlint down but change no result; may be nil
	Progress func(done, total int) // called after each unit, not concurrently; may be nil
}

func (o *Options) catalog() *catalog.Catalog {
	if o.Catalog != nil {
		return o.Catalog
	}
	return catalog.Default()
}

func (o *Options) environ() []string {
	if o.Env != nil {
		return o.Env
	}
	return os.Environ()
}

// getenv returns a variable of the environment of the go command.
func (o *Options) getenv(name string) string {
	for _, v := range slices.Backward(o.environ()) {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}

func (o *Options) jobs() int {
	if o.Jobs > 0 {
		return o.Jobs
	}
	return runtime.GOMAXPROCS(0)
}

func (o *Options) warn(format string, args ...any) {
	if o.Warn != nil {
		o.Warn(fmt.Sprintf(format, args...))
	}
}

// The finding and its parts, as this package returns them.
type (
	Diagnostic = unit.Diagnostic
	Position   = unit.Position
	Related    = unit.Related
	Fix        = unit.Fix
	Edit       = unit.Edit
)

// A PackageError is a reason why (part of) a package could not be analyzed: the
// go command could not load it, or it has syntax or type errors.
type PackageError struct {
	PkgPath string
	Pos     Position // may be invalid, or only name a file
	Message string
}

func (e PackageError) Error() string {
	switch {
	case e.Pos.IsValid():
		return fmt.Sprintf("%s:%d:%d: %s", e.Pos.File, e.Pos.Line, e.Pos.Col, e.Message)
	case e.Pos.File != "":
		return fmt.Sprintf("%s: %s", e.Pos.File, e.Message)
	case e.PkgPath != "":
		return fmt.Sprintf("%s: %s", e.PkgPath, e.Message)
	}
	return e.Message
}

// A Result is what Run found.
type Result struct {
	Diagnostics []Diagnostic   // by place; a file of several test variants counts once
	Errors      []PackageError // what could not be analyzed; sorted
	Notes       []string       // what went wrong inside connlint: an analyzer that panicked; sorted

	Files    []string // absolute names of the files of the analyzed root packages, sorted
	Packages int      // packages that the patterns match
	Lost     int      // those among them of which nothing could be analyzed
	Units    int      // units (packages and test variants) that can reach a driver
	Analyzed int      // units analyzed in this run, not taken from the cache
	Reused   Level    `json:"-"` // how much of the run before could be used: nothing (Off), its Graph, or its result (Full)
}

// TuneGC makes the collector trade memory for time, as suits a process that loads
// much and exits soon. It keeps a GOGC or GOMEMLIMIT that the user has set.
func TuneGC(getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(800)
	}
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}

// memoryLimit is where the collector starts to work harder, in bytes. It is no
// hard limit.
const memoryLimit = 768 << 20
