package poolwait_test

import (
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"github.com/connlint/connlint/passes/poolwait"
)

// With -poolwait.strict the client's patience is no end.
func TestStrict(t *testing.T) {
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadAllSyntax, Dir: specimens(t)}, "./poolwait/strict")
	if err != nil {
		t.Fatal(err)
	}
	set(t, "true")
	graph, err := checker.Analyze([]*analysis.Analyzer{poolwait.Analyzer}, pkgs, nil)
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	for _, act := range graph.Roots {
		for _, d := range act.Diagnostics {
			lines = append(lines, pkgs[0].Fset.Position(d.Pos).Line)
		}
	}
	if len(lines) != 1 || lines[0] != 13 {
		t.Errorf("reports on lines %v, want [13]", lines)
	}
}

func set(t *testing.T, value string) {
	if err := poolwait.Analyzer.Flags.Set("strict", value); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { poolwait.Analyzer.Flags.Set("strict", "false") })
}
