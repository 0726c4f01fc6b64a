package catalog

import (
	"maps"
	"slices"
	"testing"
)

func TestDefaultReaches(t *testing.T) {
	want := Default().Packages()
	if got := slices.Sorted(maps.Keys(defaultPackages())); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
