package ruledoc

import "testing"

func TestExtract(t *testing.T) {
	const source = "// Package rule finds x.\n//\n// # Wrong\n//\n//\tcode()\npackage rule\n"
	if got, want := Extract(source), "rule: finds x.\n\n# Wrong\n\n\tcode()"; got != want {
		t.Errorf("%q; want %q", got, want)
	}
}

func TestExtractPanics(t *testing.T) {
	for _, source := range []string{"", "package rule\n", "// Rule finds x.\npackage rule\n"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q: no panic", source)
				}
			}()
			Extract(source)
		}()
	}
}
