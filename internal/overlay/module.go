package overlay

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// An environment is what go env says.
type environment struct {
	root, modCache, mod, work string
}

func (inv invocation) environment(ctx context.Context) (environment, error) {
	out, err := goOutput(ctx, slices.Concat([]string{"env"}, inv.dir, []string{"-json", "GOROOT", "GOMODCACHE", "GOMOD", "GOWORK"})...)
	if err != nil {
		return environment{}, err
	}
	var env struct{ GOROOT, GOMODCACHE, GOMOD, GOWORK string }
	if err := json.Unmarshal([]byte(strings.Join(out, "\n")), &env); err != nil {
		return environment{}, fmt.Errorf("go env: %w", err)
	}
	return environment{env.GOROOT, env.GOMODCACHE, env.GOMOD, env.GOWORK}, nil
}

func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

// fixedModules says why the run cannot use a go.mod of our own, "" if it can.
func (inv invocation) fixedModules(e environment) string {
	if e.work != "" && e.work != "off" {
		return "the modules of a workspace cannot be replaced for one run (GOWORK=off leaves it)"
	}
	if slices.ContainsFunc(inv.moduleFlags(), func(f string) bool { return strings.Contains(f, "modfile") }) {
		return "-modfile is in use"
	}
	return ""
}

// replaceModule copies a module out of the module cache, with the patched files in place, and returns the flag for a go.mod
// that uses the copy.
func (e environment) replaceModule(ctx context.Context, t target, pkgDir string, patched map[string][]byte) ([]string, error) {
	sub := strings.TrimPrefix(t.pkg, t.module)
	root := strings.TrimSuffix(pkgDir, filepath.FromSlash(sub))
	cache, err := cacheDir()
	if err != nil {
		return nil, err
	}
	key := root
	for _, name := range slices.Sorted(maps.Keys(patched)) {
		key += "\x00" + name + "\x00" + string(patched[name])
	}
	copied := filepath.Join(cache, "module-"+hash([]byte(key)))
	if err := copyModule(copied, root, patched); err != nil {
		return nil, err
	}
	return e.modfile(ctx, cache, t.module, copied)
}

// copyModule makes dst a copy of the module in root without its tests. It is there completely or not at all.
func copyModule(dst, root string, patched map[string][]byte) error {
	if _, err := os.Stat(dst); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(dst), 0o777); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dst), "new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return writeBelow(tmp, root, path, text)
	})
	if err != nil {
		return err
	}
	for path, text := range patched {
		if err := writeBelow(tmp, root, path, text); err != nil {
			return err
		}
	}
	if err := os.Rename(tmp, dst); err != nil {
		if _, statErr := os.Stat(dst); statErr == nil {
			return nil // another run was faster
		}
		return err
	}
	return nil
}

// writeBelow writes the file that is at path below root to the same place below dir.
func writeBelow(dir, root, path string, text []byte) error {
	rel, err := filepath.Rel(root, path)
	if err != nil {
		return err
	}
	name := filepath.Join(dir, rel)
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o666)
}

// modfile writes a go.mod, and its go.sum, that replace a module by a directory.
func (e environment) modfile(ctx context.Context, cache, module, dir string) ([]string, error) {
	mod, err := os.ReadFile(e.mod)
	if err != nil {
		return nil, err
	}
	sum, err := os.ReadFile(filepath.Join(filepath.Dir(e.mod), "go.sum"))
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	base := filepath.Join(cache, hash([]byte(e.mod+"\x00"+dir+"\x00"+string(mod)+"\x00"+string(sum))))
	if _, err := os.Stat(base + ".mod"); err == nil {
		return []string{"-modfile=" + base + ".mod"}, store(base+".sum", sum)
	}
	edited := base + ".edit"
	if err := store(edited, mod); err != nil {
		return nil, err
	}
	defer os.Remove(edited)
	if _, err := goOutput(ctx, "mod", "edit", "-replace="+module+"="+dir, edited); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(edited)
	if err != nil {
		return nil, err
	}
	if err := store(base+".sum", sum); err != nil {
		return nil, err
	}
	return []string{"-modfile=" + base + ".mod"}, store(base+".mod", text)
}
