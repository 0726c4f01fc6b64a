package programs

import (
	"encoding/json"
	"fmt"
	"go/token"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/budget"
)

// Printer reports each program as a diagnostic at its function main, whose message is
// for Parse: so any driver of analyzers can collect the programs for
// `connlint budget`.
var Printer = &analysis.Analyzer{
	Name:     "programs",
	Doc:      "programs: print the pools that main packages can open",
	Run:      printProgram,
	Requires: []*analysis.Analyzer{Analyzer},
}

func printProgram(pass *analysis.Pass) (any, error) {
	res := pass.ResultOf[Analyzer].(*Result)
	if res.Program == nil {
		return nil, nil
	}
	text, err := json.Marshal(message(*res.Program))
	if err != nil {
		return nil, err
	}
	pos := res.Main
	if !pos.IsValid() && len(pass.Files) > 0 {
		pos = pass.Files[0].Package
	}
	pass.Report(analysis.Diagnostic{Pos: pos, End: token.NoPos, Message: string(text)})
	return nil, nil
}

// A message is a budget.Program whose counts are all numbers.
type message budget.Program

// MarshalJSON writes unlimited counts as -1.
func (m message) MarshalJSON() ([]byte, error) {
	p := printed{Package: m.Package}
	for _, pool := range m.Pools {
		p.Pools = append(p.Pools, printedPool{pool.Name, pool.Pos, int64(pool.Max), pool.Unknown, pool.Why})
	}
	return json.Marshal(p)
}

type printed struct {
	Package string
	Pools   []printedPool
}

type printedPool struct {
	Name, Pos string
	Max       int64
	Unknown   bool
	Why       string
}

// Parse returns the programs in the messages of Printer. Places in module, if that is
// not "", are shortened to paths below it.
func Parse(messages []string, module string) ([]budget.Program, error) {
	var programs []budget.Program
	for _, text := range messages {
		var p printed
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			return nil, fmt.Errorf("programs: %v", err)
		}
		program := budget.Program{Package: p.Package}
		for _, pool := range p.Pools {
			program.Pools = append(program.Pools, budget.Pool{
				Name:    shorten(pool.Name, module),
				Pos:     shorten(pool.Pos, module),
				Max:     budget.Count(pool.Max),
				Unknown: pool.Unknown,
				Why:     pool.Why,
			})
		}
		programs = append(programs, program)
	}
	return programs, nil
}

// shorten takes the module path off a place, or off the place in a name.
func shorten(s, module string) string {
	if module == "" {
		return s
	}
	if rest, ok := strings.CutPrefix(s, module+"/"); ok {
		return rest
	}
	return strings.Replace(s, "@"+module+"/", "@", 1)
}
