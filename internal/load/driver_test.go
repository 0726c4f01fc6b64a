package load

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

// driverVariable makes the test program a packages driver.
const driverVariable = "CONNLINT_TEST_DRIVER"

// serve answers a request of package packages as a build system's driver does, with
// what the go command says.
func serve(args []string) error {
	data, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	var req packages.DriverRequest
	if err := json.Unmarshal(data, &req); err != nil {
		return err
	}
	// The driver has to give export data, and only it.
	roots, err := packages.Load(&packages.Config{
		Mode:  packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedDeps | packages.NeedExportFile | packages.NeedTypesSizes | packages.NeedModule | packages.NeedForTest,
		Tests: req.Tests,
		Env:   append(os.Environ(), "GOPACKAGESDRIVER=off"),
	}, args...)
	if err != nil {
		return err
	}
	res := packages.DriverResponse{Compiler: "gc", Arch: "amd64"}
	for _, p := range roots {
		res.Roots = append(res.Roots, p.ID)
	}
	packages.Visit(roots, nil, func(p *packages.Package) { res.Packages = append(res.Packages, p) })
	return json.NewEncoder(os.Stdout).Encode(res)
}

func TestForeignDriver(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := write(t, app)
	o := options(dir, Full, t.TempDir())
	want := mustRun(t, o)
	o.Env = append(o.Env, "GOPACKAGESDRIVER="+exe, driverVariable+"=1")
	o.Patterns = []string{"./...", "example.com/wrap"} // so that its facts are known
	got := mustRun(t, o)
	if len(got.Errors)+len(got.Notes) > 0 {
		t.Errorf("errors %v, notes %v", got.Errors, got.Notes)
	}
	inApp := slices.DeleteFunc(messages(got), func(m string) bool { return strings.HasPrefix(m, "wrap.go: ") })
	if !slices.Equal(inApp, messages(want)) {
		t.Errorf("got %q, want %q", inApp, messages(want))
	}
	edit(t, filepath.Join(dir, "a", "a_test.go"), "s.Do()", "s.Gone()")
	if got, want := mustRun(t, o), "a.go: Do calls a driver over 2 calls; imports: wrap 1"; len(got.Errors) == 0 || !slices.Contains(messages(got), want) {
		t.Errorf("with a type error in a test: errors %v, got %q, want %q", got.Errors, messages(got), want)
	}
	edit(t, filepath.Join(dir, "b", "b.go"), "s.Do(); s.Do()", "s.Do(); s.Gone()")
	if got := mustRun(t, o); len(got.Errors) == 0 || len(got.Diagnostics) == 0 {
		t.Errorf("with a type error: errors %v, diagnostics %v", got.Errors, got.Diagnostics)
	}
}
