package lifecycle

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"
)

func TestDebug(t *testing.T) {
	pat := os.Getenv("DBG")
	if pat == "" {
		t.Skip()
	}
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadAllSyntax, Dir: os.Getenv("DBGDIR")}, pat)
	if err != nil {
		t.Fatal(err)
	}
	g, err := checker.Analyze([]*analysis.Analyzer{Analyzer}, pkgs, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range g.Roots {
		if r.Err != nil {
			t.Error(r.Err)
			continue
		}
		for _, f := range r.AllObjectFacts() {
			if f.Object.Pkg() == r.Package.Types {
				fmt.Println(f.Object, f.Fact)
			}
		}
		res := r.Result.(*Result)
		for _, n := range res.Notes {
			fmt.Println("NOTE", n)
		}
		for _, f := range res.Faults {
			fmt.Println(r.Package.Fset.Position(f.Pos), f.Message(r.Package.Fset), "KEPT", f.kept, f.ob != nil && f.ob.leaves)
		}
	}
}
