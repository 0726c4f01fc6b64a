package load

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"hash"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/load/diskcache"
)

func sum(data []byte) diskcache.Key { return sha256.Sum256(data) }

// A keyWriter hashes a list of items; each is written with its length, so that no
// two lists are written alike.
type keyWriter struct{ h hash.Hash }

func newKey(parts ...string) keyWriter {
	k := keyWriter{sha256.New()}
	for _, p := range parts {
		k.add(p)
	}
	return k
}

func (k keyWriter) add(s string) {
	var n [8]byte
	binary.LittleEndian.PutUint64(n[:], uint64(len(s)))
	k.h.Write(n[:])
	io.WriteString(k.h, s)
}

func (k keyWriter) addKey(key diskcache.Key) { k.h.Write(key[:]) }

func (k keyWriter) sum() diskcache.Key { return diskcache.Key(k.h.Sum(nil)) }

// typesKey identifies the environment in which types are made and encoded.
func typesKey(env *goEnv) diskcache.Key {
	return newKey("types 1", runtime.Version(), toolsVersion(), env.GOVERSION, env.GOOS, env.GOARCH, env.GOEXPERIMENT).sum()
}

// toolsVersion returns the version of the module that encodes export data.
func toolsVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range info.Deps {
		if m.Path == "golang.org/x/tools" {
			return m.Version + m.Sum
		}
	}
	return ""
}

// resultsKey identifies, on top of that, what the analyzers are.
func resultsKey(types diskcache.Key, o *Options) (diskcache.Key, error) {
	k := newKey("results 1", o.ConfigKey)
	k.addKey(types)
	exe, err := executableKey()
	if err != nil {
		return diskcache.Key{}, err
	}
	k.addKey(exe)
	for _, p := range o.catalog().Packages() {
		k.add(p)
	}
	for _, line := range analyzerFlags(o.Analyzers) {
		k.add(line)
	}
	return k.sum(), nil
}

// executableKey is the hash of the running program.
var executableKey = sync.OnceValues(func() (diskcache.Key, error) {
	name, err := os.Executable()
	if err != nil {
		return diskcache.Key{}, err
	}
	f, err := os.Open(name)
	if err != nil {
		return diskcache.Key{}, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return diskcache.Key{}, err
	}
	return diskcache.Key(h.Sum(nil)), nil
})

// analyzerFlags lists the analyzers and all they require with the values of their
// flags.
func analyzerFlags(analyzers []*analysis.Analyzer) []string {
	seen := map[*analysis.Analyzer]bool{}
	var out []string
	var visit func(a *analysis.Analyzer)
	visit = func(a *analysis.Analyzer) {
		if seen[a] {
			return
		}
		seen[a] = true
		out = append(out, a.Name)
		a.Flags.VisitAll(func(f *flag.Flag) {
			out = append(out, fmt.Sprintf("%s.%s=%s", a.Name, f.Name, f.Value))
		})
		for _, req := range a.Requires {
			visit(req)
		}
	}
	for _, a := range analyzers {
		visit(a)
	}
	slices.Sort(out)
	return out
}

// hashFile returns the hash of a file's content; what cannot be read hashes as its
// error, which the analysis then reports.
func hashFile(name string) string {
	data, err := os.ReadFile(name)
	if err != nil {
		return "error " + err.Error()
	}
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// setDepKey computes the key of a package that is not own. Files in the module
// cache and in the standard library do not change under their version; others,
// vendored or replaced, count by content.
func (n *node) setDepKey(base diskcache.Key, env *goEnv, hash func(string) string) {
	k := newKey("dep", n.ImportPath, n.Name)
	k.addKey(base)
	k.addModule(n.Module)
	for _, f := range n.GoFiles {
		k.add(f)
	}
	k.add("cgo")
	for _, f := range n.CgoFiles {
		k.add(f)
	}
	if !n.immutable(env) {
		for _, f := range n.files {
			k.add(hash(f))
		}
	}
	k.addError(n)
	k.addImports(n, func(d *node) { k.addKey(d.depKey) })
	n.depKey = k.sum()
}

// immutable reports whether the source of the package is fixed by its version.
func (n *node) immutable(env *goEnv) bool {
	return n.Standard && !(n.Module != nil && n.Module.Main) ||
		env.GOMODCACHE != "" && strings.HasPrefix(n.Dir, env.GOMODCACHE+string(os.PathSeparator))
}

func (k keyWriter) addModule(m *module) {
	if m == nil {
		k.add("no module")
		return
	}
	k.add(m.Path)
	k.add(m.Version)
	k.add(m.GoVersion)
	if m.Replace != nil {
		k.add("replaced")
		k.addModule(m.Replace)
	}
}

func (k keyWriter) addError(n *node) {
	if n.unloaded() {
		k.add("error " + n.Error.Err)
	}
}

func (k keyWriter) addImports(n *node, add func(d *node)) {
	paths := make([]string, 0, len(n.imports))
	for path := range n.imports {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range paths {
		k.add(path)
		add(n.imports[path])
	}
}
