package data_test

import (
	"testing"

	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/catalog/data"
)

// TestReaches compares the quick reading with the whole one.
func TestReaches(t *testing.T) {
	all := catalog.Default().Packages()
	if len(all) == 0 {
		t.Fatal("the catalog names no package")
	}
	for _, path := range all {
		if !data.Reaches(path) {
			t.Errorf("%s is not found", path)
		}
	}
	if n := data.Count(); n != len(all) {
		t.Errorf("%d packages, want %d", n, len(all))
	}
}
