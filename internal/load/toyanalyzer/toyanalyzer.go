// Package toyanalyzer has an analyzer for the tests of drivers. It needs SSA and
// facts, and its reports depend on facts about functions, methods and packages, so
// that a driver that loses one of them reports something else.
package toyanalyzer

import (
	"fmt"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/connlint/connlint/internal/ssafunc"
)

// Analyzer reports each declared function that calls a driver, directly or through
// functions of other packages, with the length of the shortest known way.
var Analyzer = &analysis.Analyzer{
	Name:      "toy",
	Doc:       "report functions that call a driver",
	URL:       "https://example.org/toy",
	Run:       run,
	Requires:  []*analysis.Analyzer{ssafunc.Analyzer},
	FactTypes: []analysis.Fact{new(Calls), new(Count)},
}

// Calls is the fact that a function calls a driver, over Steps functions.
type Calls struct{ Steps int }

func (*Calls) AFact() {}

// Count is the fact that Functions functions of a package call a driver.
type Count struct{ Functions int }

func (*Count) AFact() {}

func run(pass *analysis.Pass) (any, error) {
	res := pass.ResultOf[ssafunc.Analyzer].(*ssafunc.Result)
	if !res.Relevant {
		return nil, nil
	}
	steps := map[*types.Func]int{}
	for changed := true; changed; {
		changed = false
		for _, fn := range res.Funcs {
			obj, ok := fn.Object().(*types.Func)
			if !ok {
				continue
			}
			if n := fewest(pass, res, steps, fn); n > 0 && (steps[obj] == 0 || n < steps[obj]) {
				steps[obj] = n
				changed = true
			}
		}
	}
	report(pass, steps)
	return nil, nil
}

// fewest returns the number of calls from fn to a driver, 0 if there is no way.
func fewest(pass *analysis.Pass, res *ssafunc.Result, steps map[*types.Func]int, fn *ssa.Function) int {
	best := 0
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			call, ok := instr.(ssa.CallInstruction)
			if !ok {
				continue
			}
			callee, _ := call.Common().Method, false
			if f := call.Common().StaticCallee(); f != nil {
				callee, _ = f.Object().(*types.Func)
			}
			if callee == nil || callee.Pkg() == nil {
				continue
			}
			n := steps[callee]
			var fact Calls
			switch {
			case res.Catalog.Reaches(callee.Pkg().Path()):
				n = 1
			case callee.Pkg() != pass.Pkg && pass.ImportObjectFact(callee.Origin(), &fact):
				n = fact.Steps + 1
			case n > 0:
				n++
			}
			if n > 0 && (best == 0 || n < best) {
				best = n
			}
		}
	}
	return best
}

func report(pass *analysis.Pass, steps map[*types.Func]int) {
	if len(steps) == 0 {
		return
	}
	pass.ExportPackageFact(&Count{len(steps)})
	var imported []string
	for _, f := range pass.AllPackageFacts() {
		if f.Package != pass.Pkg {
			imported = append(imported, fmt.Sprintf("%s %d", f.Package.Name(), f.Fact.(*Count).Functions))
		}
	}
	slices.Sort(imported)
	for fn, n := range steps {
		pass.ExportObjectFact(fn, &Calls{n})
		if strings.HasPrefix(fn.Name(), "init") {
			continue
		}
		pass.Report(analysis.Diagnostic{
			Pos:     fn.Pos(),
			End:     fn.Pos() + 1,
			Message: fmt.Sprintf("%s calls a driver over %d calls; imports: %s", fn.Name(), n, strings.Join(imported, ", ")),
			Related: []analysis.RelatedInformation{{Pos: pass.Files[0].Name.Pos(), Message: "package"}},
			SuggestedFixes: []analysis.SuggestedFix{{
				Message:   "mark it",
				TextEdits: []analysis.TextEdit{{Pos: fn.Pos(), End: fn.Pos(), NewText: []byte("X")}},
			}},
		})
	}
}
