package connretry_test

import (
	"path/filepath"
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/connlint/connlint/passes/connretry"
)

func Test(t *testing.T) {
	dir, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	// The categories that are off are looked at in their own folders.
	analysistest.Run(t, dir, connretry.Analyzer, "./connretry/on/...")
	on := connretry.Analyzer.Flags.Lookup("on").Value
	before := on.String()
	if err := on.Set("once, blind, single"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { on.Set(before) })
	analysistest.Run(t, dir, connretry.Analyzer, "./connretry/off/...")
}

func TestFlag(t *testing.T) {
	on := connretry.Analyzer.Flags.Lookup("on").Value
	before := on.String()
	t.Cleanup(func() { on.Set(before) })
	if err := on.Set("startup,nonsense"); err == nil {
		t.Error("an unknown category is taken")
	}
	if err := on.Set("all"); err != nil || on.String() != "startup,once,dead,storm,blind,match,single" {
		t.Errorf("all: %v, %s", err, on)
	}
}
