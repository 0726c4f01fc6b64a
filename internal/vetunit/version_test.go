package vetunit

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The go command keeps the facts of a tool under the identity that -V=full prints. A
// program of other content has another one, wherever it stands and whatever it is called.
func TestVersionIsTheProgram(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	catalogFile := filepath.Join(t.TempDir(), "catalog.txt")
	if err := os.WriteFile(catalogFile, []byte("package example.com/drv\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	id := func(more string) string {
		name := filepath.Join(t.TempDir(), "tool"+filepath.Ext(exe))
		copyFile(t, name, exe, more)
		cmd := exec.Command(name, "-V=full")
		cmd.Env = append(os.Environ(), toolVariable+"="+catalogFile)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		_, id, ok := strings.Cut(string(out), "buildID=")
		if !ok || len(id) < 64 {
			t.Fatalf("got %q", out)
		}
		return id
	}
	if a, b := id(""), id(""); a != b {
		t.Errorf("the same program is %s and %s", a, b)
	}
	if a, b := id(""), id("another version"); a == b {
		t.Errorf("two programs are both %s", a)
	}
}

// copyFile copies a program and appends to it what does not change what it does.
func copyFile(t *testing.T, to, from, more string) {
	t.Helper()
	src, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o777)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(dst, src); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(dst, more); err != nil {
		t.Fatal(err)
	}
	if err := dst.Close(); err != nil {
		t.Fatal(err)
	}
}
