package main_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/connlint/connlint/internal/driver"
)

// leaking are tests of what watches for leaks: they leak on purpose.
var leaking = regexp.MustCompile(`^(runtimecheck/.*|internal/testdb/\w+)_test\.go:`)

// TestSelf runs connlint over itself, with everything silenced where it stands and for
// a reason.
func TestSelf(t *testing.T) {
	if testing.Short() {
		t.Skip("loads packages")
	}
	t.Setenv("CONNLINT_CACHE", t.TempDir())
	var stdout, stderr bytes.Buffer
	driver.Run(t.Context(), []string{"-C", "../..", "./..."}, nil, &stdout, &stderr)
	if stderr.Len() > 0 {
		t.Errorf("%s", &stderr)
	}
	own := 0
	for line := range strings.Lines(stdout.String()) {
		if !leaking.MatchString(line) {
			t.Errorf("%s", line)
		} else {
			own++
		}
	}
	if own == 0 {
		t.Error("nothing is found where tests leak on purpose")
	}
}
