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
	on := connretry.Analyzer.Flags.Lookup("on").Value
	before := on.String()
	t.Cleanup(func() { on.Set(before) })
	if before != "startup,dead" {
		t.Errorf("by default %s are on", before)
	}
	if err := on.Set("startup, dead, match, storm"); err != nil {
		t.Fatal(err)
	}
	analysistest.Run(t, dir, connretry.Analyzer, "./connretry/on/...")
	// Those that judge the design of a program are looked at in their own folders.
	if err := on.Set("once, blind, single"); err != nil {
		t.Fatal(err)
	}
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
