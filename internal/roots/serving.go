package roots

import (
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/calls"
)

// runsServer is the fact that a function runs what serves requests.
type runsServer struct{}

func (*runsServer) AFact()         {}
func (*runsServer) String() string { return "runs a server" }

// RunsServer reports whether fn, or a function that it calls or a literal that it
// makes, calls what serves, such as http.ListenAndServe: what it opens, it opens for as
// long as the program runs.
func (r *Result) RunsServer(fn *ssa.Function) bool { return r.serving[fn] }

// findServing carries what serves up to the callers, from the functions that call it.
func (f *finder) findServing(pass *analysis.Pass) {
	var work []*ssa.Function
	add := func(fn *ssa.Function) {
		if fn != nil && !f.serving[fn] {
			f.serving[fn] = true
			work = append(work, fn)
		}
	}
	callers := map[*ssa.Function][]*ssa.Function{}
	for _, fn := range f.SSA.Funcs {
		for _, call := range f.SSA.Calls(fn) {
			c := call.Common()
			if callee := c.StaticCallee(); callee != nil && callee.Pkg == fn.Pkg {
				callee = calls.Declared(callee)
				callers[callee] = append(callers[callee], fn)
			} else if f.imported(pass, calls.Func(c)) {
				add(fn)
			}
			if len(f.SSA.Catalog.Lookup(f.SSA.NameOf(c), "server")) > 0 {
				add(fn)
			}
		}
	}
	for len(work) > 0 {
		fn := work[len(work)-1]
		work = work[:len(work)-1]
		add(fn.Parent())
		for _, caller := range callers[fn] {
			add(caller)
		}
	}
	if f.SSA.Described {
		return
	}
	for fn := range f.serving {
		if obj, ok := fn.Object().(*types.Func); ok && fn.Parent() == nil && obj.Pkg() == pass.Pkg {
			pass.ExportObjectFact(obj, new(runsServer))
		}
	}
}

// imported reports whether a function of another package runs a server.
func (f *finder) imported(pass *analysis.Pass, obj *types.Func) bool {
	if obj == nil || obj.Pkg() == nil || obj.Pkg() == pass.Pkg {
		return false
	}
	runs, ok := f.servers[obj]
	if !ok {
		runs = pass.ImportObjectFact(obj, new(runsServer))
		f.servers[obj] = runs
	}
	return runs
}
