package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/connlint/connlint/internal/report"
)

// TestSameBytes runs the command over packages in another order each time, on another
// number of processors: what it prints are the same bytes. With CONNLINT_ROBUST=1 that
// is ten runs of all specimens in each format.
func TestSameBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("loads packages")
	}
	const dir = "../../testdata"
	pattern, formats, runs := "./rowsclose/...", []string{"json"}, 3
	if os.Getenv("CONNLINT_ROBUST") != "" {
		pattern, formats, runs = "./...", report.Formats(), 10
	}
	list := exec.Command("go", "list", pattern)
	list.Dir = dir
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	pkgs := strings.Fields(string(out))
	if len(pkgs) < 30 {
		t.Fatalf("only %d packages", len(pkgs))
	}
	tool := vetTool(t)
	first := map[string][]byte{}
	r := rand.New(rand.NewPCG(1, 2))
	for run := range runs {
		r.Shuffle(len(pkgs), func(i, j int) { pkgs[i], pkgs[j] = pkgs[j], pkgs[i] })
		for _, format := range formats {
			// The first run of a round analyzes, the others replay what it has found.
			cache := "-cache=full"
			if format == formats[run%len(formats)] {
				cache = "-cache=off"
			}
			cmd := exec.Command(tool, append([]string{cache, "-format=" + format}, pkgs...)...)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", 1+run%4))
			out, err := cmd.Output()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 1 {
				t.Fatalf("%v: %s", err, out)
			}
			switch {
			case first[format] == nil:
				first[format] = out
			case !bytes.Equal(first[format], out):
				t.Errorf("%s, run %d: other bytes\n%s", format, run, difference(first[format], out))
			}
		}
	}
}

// difference returns the first line in which two texts are not the same.
func difference(a, b []byte) string {
	as, bs := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return fmt.Sprintf("line %d:\n%s\n%s", i+1, as[i], bs[i])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(as), len(bs))
}
