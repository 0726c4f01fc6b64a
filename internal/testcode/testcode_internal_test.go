package testcode

import "testing"

func TestTestPath(t *testing.T) {
	for path, want := range map[string]bool{
		"example.com/app/test/smoke/harness": true,
		"example.com/app/internal/dbtest":    true,
		"example.com/app/pkg/tests":          true,
		"example.com/app/storage_test":       true,
		"example.com/app/internal/testutil":  true,
		"example.com/app/testdbpgx":          true,
		"example.com/app/latest":             false,
		"example.com/app/contest":            false,
		"example.com/app/testimonials":       false,
		"example.com/app/store":              false,
		"test":                               false,
		"main":                               false,
	} {
		if got := testPath(path); got != want {
			t.Errorf("testPath(%q) = %v, want %v", path, got, want)
		}
	}
}
