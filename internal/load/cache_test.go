package load

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// damages are ways in which a file can be another than the one that was written.
var damages = map[string]func(data []byte) []byte{
	"truncated": func(data []byte) []byte { return data[:len(data)/2] },
	"empty":     func(data []byte) []byte { return nil },
	"flipped": func(data []byte) []byte {
		if len(data) > 0 {
			data[len(data)-1] ^= 1
		}
		return data
	},
	"foreign": func(data []byte) []byte { return []byte("{}") },
	"longer":  func(data []byte) []byte { return append(data, 'x') },
}

func TestDamagedCacheIsAMiss(t *testing.T) {
	dir := write(t, app)
	for name, damage := range damages {
		for _, kind := range []string{"-unit", "-types"} {
			cacheDir := t.TempDir()
			o := options(dir, Units, cacheDir)
			want := mustRun(t, o)
			if damageAll(t, cacheDir, kind, damage) == 0 {
				t.Fatalf("no entries %s", kind)
			}
			if kind == "-types" { // read only if a unit is made anew
				damageAll(t, cacheDir, "-unit", damage)
			}
			if res := mustRun(t, o); text(t, res) != text(t, want) || res.Analyzed != res.Units {
				t.Errorf("%s %s: %d analyzed\n%s", name, kind, res.Analyzed, text(t, res))
			}
			if res := mustRun(t, o); text(t, res) != text(t, want) || res.Analyzed != 0 {
				t.Errorf("%s %s: not repaired: %d analyzed\n%s", name, kind, res.Analyzed, text(t, res))
			}
		}
	}
}

// With everything damaged that a level has written, all is made anew.
func TestDamagedLevels(t *testing.T) {
	dir := write(t, app)
	for name, damage := range damages {
		for _, level := range []Level{Units, Graph, Full} {
			cacheDir := t.TempDir()
			o := options(dir, level, cacheDir)
			want := text(t, mustRun(t, o))
			time.Sleep(30 * time.Millisecond) // so that the next run may trust what it sees
			if res := mustRun(t, o); text(t, res) != want || level >= Graph && res.Reused < Graph {
				t.Errorf("level %v reused %v", level, res.Reused)
			}
			if damageAll(t, cacheDir, "", damage) < 3 {
				t.Fatalf("level %v: hardly an entry", level)
			}
			for _, state := range []string{"damaged", "repaired"} {
				if res := mustRun(t, o); text(t, res) != want || len(res.Notes) > 0 {
					t.Errorf("level %v, %s, %s:\n%s", level, name, state, text(t, res))
				}
			}
		}
	}
}

// damageAll rewrites the entries of a kind and returns their number.
func damageAll(t *testing.T, cacheDir, kind string, damage func([]byte) []byte) int {
	t.Helper()
	n := 0
	err := filepath.WalkDir(cacheDir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, kind) {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		n++
		return os.WriteFile(name, damage(data), 0o666)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A lost entry among those that mention it is the one case in which export data
// cannot be used at all.
func TestLostTypesOfADependency(t *testing.T) {
	dir := write(t, app)
	cacheDir := t.TempDir()
	o := options(dir, Units, cacheDir)
	mustRun(t, o)
	entries, err := filepath.Glob(filepath.Join(cacheDir, "*", "*-types"))
	if err != nil || len(entries) != 2 {
		t.Fatalf("%q, %v: want the types of drv and wrap", entries, err)
	}
	for _, name := range entries {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		edit(t, filepath.Join(dir, "a", "a.go"), "import (", "import (\n\t_ \"example.com/drv\"")
		if res := mustRun(t, o); len(res.Diagnostics) != 5 || len(res.Notes)+len(res.Errors) > 0 {
			t.Errorf("without %s: %s", filepath.Base(name), text(t, res))
		}
		edit(t, filepath.Join(dir, "a", "a.go"), "import (\n\t_ \"example.com/drv\"", "import (")
		put(t, name, string(data))
	}
}

func TestUnusableCacheIsOneWarning(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	put(t, file, "")
	o := options(write(t, app), Units, filepath.Join(file, "cache"))
	var mu sync.Mutex
	var warnings []string
	o.Warn = func(s string) {
		mu.Lock()
		defer mu.Unlock()
		warnings = append(warnings, s)
	}
	if res := mustRun(t, o); len(res.Diagnostics) != 5 {
		t.Errorf("diagnostics %q", messages(res))
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0], "cache cannot be written") {
		t.Errorf("warnings %q", warnings)
	}
}

func TestConcurrentRunsShareACache(t *testing.T) {
	dir := write(t, app)
	want := text(t, mustRun(t, options(dir, Off, "")))
	for _, level := range []Level{Units, Graph, Full} {
		o := options(dir, level, t.TempDir())
		for range 2 { // who writes, and who reads
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					res, err := Run(context.Background(), o)
					if err != nil {
						t.Error(err)
					} else if got := text(t, res); got != want {
						t.Errorf("level %v: got\n%s\nwant\n%s", level, got, want)
					}
				})
			}
			wg.Wait()
		}
	}
}

func TestConfigKeyAndCatalogAreInTheKey(t *testing.T) {
	o := options(write(t, app), Units, t.TempDir())
	mustRun(t, o)
	o.ConfigKey = "other"
	if res := mustRun(t, o); res.Analyzed != res.Units {
		t.Errorf("%d of %d units analyzed with another configuration", res.Analyzed, res.Units)
	}
}
