package rowsclose_test

import (
	"path/filepath"
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/connlint/connlint/passes/rowsclose"
)

func specimens(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func Test(t *testing.T) {
	analysistest.Run(t, specimens(t), rowsclose.Analyzer, "./rowsclose/...")
}

func TestStrict(t *testing.T) {
	if err := rowsclose.Analyzer.Flags.Set("strict", "true"); err != nil {
		t.Fatal(err)
	}
	defer rowsclose.Analyzer.Flags.Set("strict", "false")
	analysistest.Run(t, specimens(t), rowsclose.Analyzer, "./rowsclose_strict/...")
}
