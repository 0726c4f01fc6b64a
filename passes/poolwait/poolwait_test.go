package poolwait_test

import (
	"path/filepath"
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/connlint/connlint/passes/poolwait"
)

func Test(t *testing.T) {
	analysistest.Run(t, specimens(t), poolwait.Analyzer, "./poolwait/...")
}

func TestFix(t *testing.T) {
	analysistest.RunWithSuggestedFixes(t, specimens(t), poolwait.Analyzer, "./poolwait/fix", "./poolwait/fixall")
}

// specimens returns the module that requires the real drivers.
func specimens(t *testing.T) string {
	dir, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
