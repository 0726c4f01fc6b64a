package load

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/connlint/connlint/internal/ssafunc"
)

// versionVariable makes this test a run of connlint: it names the directory of a module,
// with its cache beside.
const versionVariable = "CONNLINT_TEST_VERSION"

// Facts have no version of their own: what another build of connlint has stored, at
// whatever level, is not read. The builds are this program, and this program with
// something appended, under the same name.
func TestOtherProgramReadsNothing(t *testing.T) {
	if dir := os.Getenv(versionVariable); dir != "" {
		if err := ssafunc.Analyzer.Flags.Set("catalog", driver.Text); err != nil {
			t.Fatal(err)
		}
		o := options(dir, Units, filepath.Join(dir, "..", "cache"))
		if err := o.Cache.Set(os.Getenv(versionVariable + "_LEVEL")); err != nil {
			t.Fatal(err)
		}
		res := mustRun(t, o)
		fmt.Printf("result: %d of %d units analyzed, %d diagnostics, %v reused\n", res.Analyzed, res.Units, len(res.Diagnostics), res.Reused)
		return
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), filepath.Base(exe))
	for _, level := range []Level{Units, Graph, Full} {
		t.Run(level.String(), func(t *testing.T) {
			dir := write(t, app)
			run := func() string {
				cmd := exec.Command(name, "-test.run=^TestOtherProgramReadsNothing$")
				cmd.Env = append(os.Environ(), versionVariable+"="+dir, versionVariable+"_LEVEL="+level.String())
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("%v: %s", err, out)
				}
				return regexp.MustCompile("result: .*").FindString(string(out))
			}
			install := func(text []byte) {
				os.Remove(name) // it may be running still, where that is in the way
				if err := os.WriteFile(name, text, 0o777); err != nil {
					t.Fatal(err)
				}
			}
			install(text)
			first := run()
			if again := run(); !regexp.MustCompile("^result: 0 of ").MatchString(again) {
				t.Fatalf("the same program: %s", again)
			}
			install(append(text[:len(text):len(text)], "another version"...))
			other := run()
			if want := regexp.MustCompile(", [a-z]+ reused").ReplaceAllString(first, ", (off|graph) reused"); !regexp.MustCompile("^" + want + "$").MatchString(other) {
				t.Errorf("another program: %s, the first: %s", other, first)
			}
		})
	}
}
