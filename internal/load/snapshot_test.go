package load

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestHeaderHash(t *testing.T) {
	const base = "package p\n\nimport \"fmt\"\n\nfunc F() { fmt.Println(1) }\n"
	for _, tt := range []struct {
		name, src string
		same      bool
	}{
		{"body", "package p\n\nimport \"fmt\"\n\nfunc F() { fmt.Println(2) }\n", true},
		{"comment on top", "// Package p is one.\npackage p\n\nimport \"fmt\"\n", true},
		{"import renamed", "package p\n\nimport f \"fmt\"\n", true},
		{"error in a body", "package p\n\nimport \"fmt\"\n\nfunc F() { ; ) }\n", true},
		{"package", "package q\n\nimport \"fmt\"\n", false},
		{"import", "package p\n\nimport \"fmt\"\nimport \"os\"\n", false},
		{"constraint", "//go:build linux\n\npackage p\n\nimport \"fmt\"\n", false},
		{"old constraint", "// +build linux\n\npackage p\n\nimport \"fmt\"\n", false},
		{"embed", "package p\n\nimport \"fmt\"\n\n//go:embed x\nvar x string\n", false},
	} {
		if got := headerHash([]byte(tt.src)) == headerHash([]byte(base)); got != tt.same {
			t.Errorf("%s: same is %t, want %t", tt.name, got, tt.same)
		}
	}
	if headerHash([]byte("package\n")) != [32]byte{} {
		t.Error("a file that does not begin as a Go file has a header")
	}
	c1 := headerHash([]byte("package p\n\n// #cgo LDFLAGS: -la\nimport \"C\"\n"))
	if c2 := headerHash([]byte("package p\n\n// #cgo LDFLAGS: -lb\nimport \"C\"\n")); c1 == c2 {
		t.Error("what is said to cgo is not in the header")
	}
}

// snap takes a snapshot of a file as a run does that began a while later.
func snap(t *testing.T, sort byte, name string, began time.Time) snapshot {
	t.Helper()
	c := &recorder{began: began, seen: map[string]bool{}}
	c.add(sort, name)
	if c.err != nil {
		t.Fatal(c.err)
	}
	return c.out
}

func TestCompare(t *testing.T) {
	later := time.Now().Add(10 * time.Second)
	name := filepath.Join(t.TempDir(), "x.go")
	put(t, name, "package p\n\nfunc F() {}\n")
	s := snap(t, goFile, name, later)
	if d := s.compare(later); d.structure || d.stamps || len(d.sources) > 0 {
		t.Errorf("nothing changed: %+v", d)
	}
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	put(t, name, "package p\n\nfunc G() {}\n") // of the same size
	if err := os.Chtimes(name, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if d := s.compare(later); d.structure || len(d.sources) != 1 {
		t.Errorf("another body at the same time: %+v", d)
	}
	put(t, name, "package p\n\nfunc F() {}\n")
	if d := s.compare(later); d.structure || len(d.sources) > 0 || !d.stamps {
		t.Errorf("written again as it was: %+v", d)
	}
	put(t, name, "package q\n")
	if d := s.compare(later); !d.structure {
		t.Errorf("another package: %+v", d)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if d := s.compare(later); !d.structure {
		t.Errorf("removed: %+v", d)
	}
}

// A file that changed within the clock's step of being looked at proves nothing by
// its stamp.
func TestRacyStamp(t *testing.T) {
	name := filepath.Join(t.TempDir(), "go.mod")
	put(t, name, "module a\n")
	soon := time.Now().Add(time.Second)
	s := snap(t, otherFile, name, soon)
	if !s[0].racy {
		t.Fatal("trusted a file that is a second old")
	}
	s[0].hash = sum([]byte("module b\n")) // as if it had changed without a new stamp
	if d := s.compare(soon); !d.structure {
		t.Errorf("did not look into the file: %+v", d)
	}
	c := &recorder{began: time.Now().Add(-time.Minute), seen: map[string]bool{}}
	if c.add(otherFile, name); c.err == nil {
		t.Error("recorded a file that changed while the run was on")
	}
	c = &recorder{began: soon, seen: map[string]bool{}, known: map[string]string{name: "another"}}
	if c.add(otherFile, name); c.err == nil {
		t.Error("recorded a file that is not what was analyzed")
	}
}

func TestDirectoryNames(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "a.go"), "")
	before := hashNames(dir)
	for _, name := range []string{"b.txt", ".c.go", "_d.go", "e.go~", ".git/x"} {
		put(t, filepath.Join(dir, name), "")
		if hashNames(dir) != before {
			t.Errorf("%s counts", name)
		}
	}
	for _, name := range []string{"b.go", "c.s", "go.mod", "sub/x"} {
		put(t, filepath.Join(dir, name), "")
		after := hashNames(dir)
		if after == before {
			t.Errorf("%s does not count", name)
		}
		before = after
	}
}

func FuzzParseSnapshot(f *testing.F) {
	f.Add(snapshot{}.append(nil))
	f.Add(snapshot{{name: "x.go", sort: goFile, racy: true, stamp: stamp{1, 2, 3, 4}}}.append(nil))
	f.Add([]byte{200, 1, 5})
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parseSnapshot(data)
		if err != nil {
			return
		}
		again, err := parseSnapshot(s.append(nil))
		if err != nil || len(again) != len(s) {
			t.Errorf("no round trip: %v", err)
		}
		for i := range s {
			if s[i] != again[i] {
				t.Errorf("%+v became %+v", s[i], again[i])
			}
		}
	})
}
