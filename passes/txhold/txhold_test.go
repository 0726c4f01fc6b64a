package txhold_test

import (
	"path/filepath"
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/connlint/connlint/passes/txhold"
)

func Test(t *testing.T) {
	dir, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	// What a flag switches on is looked at in a folder of its own.
	analysistest.Run(t, dir, txhold.Analyzer, "./txhold/on/...")
	if err := txhold.Analyzer.Flags.Set("channels", "true"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { txhold.Analyzer.Flags.Set("channels", "false") })
	analysistest.Run(t, dir, txhold.Analyzer, "./txhold/off/...")
}
