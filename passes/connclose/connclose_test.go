package connclose_test

import (
	"path/filepath"
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/connlint/connlint/passes/connclose"
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
	analysistest.Run(t, specimens(t), connclose.Analyzer, "./connclose/...")
}

func TestState(t *testing.T) {
	if err := connclose.Analyzer.Flags.Set("state", "true"); err != nil {
		t.Fatal(err)
	}
	defer connclose.Analyzer.Flags.Set("state", "false")
	analysistest.Run(t, specimens(t), connclose.Analyzer, "./connclose_state/...")
}
