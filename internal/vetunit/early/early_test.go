package early

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/connlint/connlint/internal/vetunit/vetcfg"
)

func TestLeave(t *testing.T) {
	dir := t.TempDir()
	facts := filepath.Join(dir, "facts")
	none := filepath.Join(dir, "none")
	for name, text := range map[string]string{facts: "some", none: ""} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	unit := func() vetcfg.Config {
		return vetcfg.Config{
			ImportPath:  "p",
			GoFiles:     []string{"p.go"},
			ImportMap:   map[string]string{"q": "q"},
			PackageFile: map[string]string{},
			PackageVetx: map[string]string{"q": none},
			VetxOnly:    true,
			VetxOutput:  filepath.Join(dir, "out"),
			Stdout:      filepath.Join(dir, "stdout"),
		}
	}
	for _, tt := range []struct {
		name   string
		change func(c *vetcfg.Config)
		flags  []string
		want   bool
		stdout string
	}{
		{"irrelevant", func(c *vetcfg.Config) {}, nil, true, ""},
		{"irrelevant root", func(c *vetcfg.Config) { c.VetxOnly = false }, nil, true, ""},
		{"irrelevant root, JSON", func(c *vetcfg.Config) { c.VetxOnly = false }, []string{"-json"}, true, "{}\n"},
		{"a driver", func(c *vetcfg.Config) { c.ImportPath = "database/sql"; c.PackageVetx["q"] = facts }, nil, true, ""},
		{"imports a driver", func(c *vetcfg.Config) { c.ImportMap["x"] = "database/sql" }, nil, false, ""},
		{"imports what has facts", func(c *vetcfg.Config) { c.PackageVetx["q"] = facts }, nil, false, ""},
		{"fixes", func(c *vetcfg.Config) {}, []string{"-fix"}, false, ""},
		{"another flag", func(c *vetcfg.Config) {}, []string{"-json", "-rowsclose"}, false, ""},
		{"not compiled", func(c *vetcfg.Config) { c.PackageFile = nil }, nil, false, ""},
		{"lost facts", func(c *vetcfg.Config) { c.PackageVetx["q"] += "x" }, nil, false, ""},
		{"no files", func(c *vetcfg.Config) { c.GoFiles = nil }, nil, false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := unit()
			tt.change(&c)
			for _, name := range []string{c.VetxOutput, c.Stdout} {
				if err := os.RemoveAll(name); err != nil {
					t.Fatal(err)
				}
			}
			text, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			name := filepath.Join(dir, "vet.cfg")
			if err := os.WriteFile(name, text, 0o666); err != nil {
				t.Fatal(err)
			}
			if got := leave(append(tt.flags, name)); got != tt.want {
				t.Fatalf("left %t, want %t", got, tt.want)
			}
			if out, err := os.ReadFile(c.VetxOutput); (err == nil) != tt.want || len(out) > 0 {
				t.Errorf("facts: %q, %v", out, err)
			}
			if out, _ := os.ReadFile(c.Stdout); string(out) != tt.stdout {
				t.Errorf("stdout: %q, want %q", out, tt.stdout)
			}
		})
	}
	for _, args := range [][]string{nil, {"./..."}, {"-V=full"}, {"-json"}} {
		if leave(args) {
			t.Errorf("left with arguments %q", args)
		}
	}
}
