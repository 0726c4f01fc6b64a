// Package roots finds where a program starts to serve: the functions that handle a
// request, a message, a job or an invocation, and the loops that never end; and
// what they reach inside their package. What they reach in other packages, those
// packages say by facts of their own (see package pools).
package roots

import (
	"go/token"
	"go/types"
	"reflect"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/ssafunc"
	"github.com/connlint/connlint/internal/testcode"
)

// Analyzer finds the request roots of a package. Test files have none.
var Analyzer = &analysis.Analyzer{
	Name:       "connlintroots",
	Doc:        "find what serves requests and what runs for ever",
	Run:        run,
	Requires:   []*analysis.Analyzer{ssafunc.Analyzer},
	ResultType: reflect.TypeFor[*Result](),
	FactTypes:  []analysis.Fact{new(serves), new(runsServer)},
}

// Loop is the Word of a Root that is a loop.
const Loop = "loop"

// A Root is where serving one request begins.
type Root struct {
	Fn *ssa.Function
	// Blocks are those of the loop if the root is a loop that never ends;
	// nil if it is the whole function.
	Blocks map[*ssa.BasicBlock]bool
	// Word says what is served: request, message, job, invocation, scrape, or Loop.
	Word string
	// Pos is where the function, or the loop's first statement, stands.
	Pos token.Pos
}

// A Reach is how an instruction comes to run on behalf of a Root.
type Reach struct {
	Root *Root
	// Via are the calls (or the instructions that make a function literal)
	// from the root to the function, outermost first.
	Via []ssa.Instruction
}

// A Result is what Analyzer knows of a package.
type Result struct {
	SSA   *ssafunc.Result
	Roots []*Root
	// Serves reports whether the package has a root, or it or a package it
	// imports calls what serves, such as http.ListenAndServe. A main package
	// without is a one-shot command.
	Serves bool

	fns   map[*ssa.Function]*Reach // functions reached as a whole
	loops map[*ssa.Function][]*Root
	iface interfaces

	requests *requestTypes
	serving  map[*ssa.Function]bool // run a server
	servers  map[*types.Func]bool   // the same of functions of other packages
}

// Loops reports whether fn has a loop that ends only when the program does.
func (r *Result) Loops(fn *ssa.Function) bool { return len(r.loops[fn]) > 0 }

// serves is the package fact that a package, or one it imports, calls what serves.
type serves struct{}

func (*serves) AFact()         {}
func (*serves) String() string { return "serves requests" }

func run(pass *analysis.Pass) (any, error) {
	res := &Result{
		SSA:   pass.ResultOf[ssafunc.Analyzer].(*ssafunc.Result),
		fns:   map[*ssa.Function]*Reach{},
		loops: map[*ssa.Function][]*Root{},
		iface: interfaces{pkg: pass.Pkg},

		serving: map[*ssa.Function]bool{},
		servers: map[*types.Func]bool{},
	}
	if !res.SSA.Relevant {
		return res, nil
	}
	res.requests = newRequestTypes(res.SSA.Catalog)
	f := &finder{Result: res, types: res.requests, seen: map[*ssa.Function]bool{}}
	for _, fn := range res.SSA.Funcs {
		if !testcode.Has(fn) {
			f.function(fn)
		}
	}
	f.services(pass.Pkg.Scope())
	f.findServing(pass)
	res.spread()

	server := f.server
	for _, imp := range pass.Pkg.Imports() {
		server = server || pass.ImportPackageFact(imp, new(serves))
	}
	if server && !res.SSA.Described {
		pass.ExportPackageFact(new(serves))
	}
	res.Serves = server || len(res.Roots) > 0
	return res, nil
}
