package load

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/connlint/connlint/internal/load/diskcache"
)

var errState = errors.New("malformed state")

// A state is what a run leaves for the next one with the same options: what it saw
// of the disk, the import graph, the result. It is one cache entry, replaced as a
// whole.
type state struct {
	cache *diskcache.Cache
	key   diskcache.Key
	began time.Time

	reused  bool     // graph is that of this run
	changed []string // Go files that seen has as they were before

	seen   snapshot
	graph  []byte // JSON of a storedGraph
	result []byte // JSON of a Result; empty if it cannot be replayed
}

// A storedGraph is the import graph with what it was made in.
type storedGraph struct {
	Env  *goEnv
	List []*listed
}

// openState returns the state for the options, with what an earlier run left in it.
// It is nil if the level does not ask for one, or if the options let the result
// depend on more than a snapshot sees.
func openState(o *Options, cache *diskcache.Cache, began time.Time) *state {
	if cache == nil || o.Cache < Graph {
		return nil
	}
	s := &state{cache: cache, began: began}
	var ok bool
	if s.key, ok = stateKey(o); !ok {
		return nil
	}
	if data, ok := cache.Get("state", s.key); ok {
		if s.parse(data) != nil {
			s.seen, s.graph, s.result = nil, nil, nil
		}
	}
	return s
}

// unseen are the flags that bring in files which no snapshot knows.
var unseen = []string{"-overlay", "-modfile", "-C", "-toolexec", "-pkgdir"}

// stateKey identifies the options and everything about the environment that is not
// a file.
func stateKey(o *Options) (diskcache.Key, bool) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return diskcache.Key{}, false
	}
	flags := append(strings.Fields(o.getenv("GOFLAGS")), o.BuildFlags...)
	for _, f := range flags {
		name, _, _ := strings.Cut("-"+strings.TrimLeft(f, "-"), "=")
		if slices.Contains(unseen, name) {
			return diskcache.Key{}, false
		}
	}
	k := newKey("state 1", runtime.Version(), dir, o.ConfigKey)
	for _, p := range o.Patterns {
		if p != "." && p != ".." && !strings.HasPrefix(p, "./") && !strings.HasPrefix(p, "../") && !filepath.IsAbs(p) {
			return diskcache.Key{}, false
		}
		if strings.HasSuffix(p, ".go") {
			return diskcache.Key{}, false
		}
		k.add(p)
	}
	k.add("flags")
	for _, f := range o.BuildFlags {
		k.add(f)
	}
	if o.Tests {
		k.add("tests")
	}
	k.add("analyzers")
	for _, line := range analyzerFlags(o.Analyzers) {
		k.add(line)
	}
	if o.Catalog != nil {
		for _, p := range o.Catalog.Packages() {
			k.add(p)
		}
	}
	k.add("programs")
	for _, name := range programs() {
		k.add(name)
	}
	k.add("environment")
	for _, v := range o.environ() {
		if relevantVariable(v) {
			k.add(v)
		}
	}
	return k.sum(), true
}

// relevantVariable reports whether the go command or cgo may look at the variable.
func relevantVariable(v string) bool {
	name, _, _ := strings.Cut(v, "=")
	switch name {
	case "PATH", "HOME", "USERPROFILE", "XDG_CONFIG_HOME", "AppData", "CC", "CXX", "FC", "AR", "PKG_CONFIG", "PKG_CONFIG_PATH":
		return true
	}
	return strings.HasPrefix(name, "GO") || strings.HasPrefix(name, "CGO_") || strings.HasPrefix(name, "GCC")
}

// encode and parse: three parts, each with its length before it.

func (s *state) encode() []byte {
	var b []byte
	for _, part := range [][]byte{s.seen.append(nil), s.graph, s.result} {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	return b
}

func (s *state) parse(b []byte) error {
	var parts [3][]byte
	for i := range parts {
		n, w := binary.Uvarint(b)
		if w <= 0 || n > uint64(len(b)-w) {
			return errState
		}
		parts[i], b = b[w:w+int(n)], b[w+int(n):]
	}
	var err error
	s.seen, err = parseSnapshot(parts[0])
	s.graph, s.result = parts[1], parts[2]
	return err
}

// An earlier is what can be used of the run before.
type earlier struct {
	result *Result           // nothing changed
	graph  *storedGraph      // nothing changed that the graph depends on
	hashes map[string]string // of Go files, with graph
}

// earlier compares the state with the disk.
func (s *state) earlier(level Level) earlier {
	var e earlier
	if s == nil || len(s.seen) == 0 {
		return e
	}
	d := s.seen.compare(time.Now())
	if d.structure {
		return e
	}
	if level >= Full && len(d.sources) == 0 && len(s.result) > 0 {
		res := new(Result)
		if json.Unmarshal(s.result, res) == nil {
			if d.stamps {
				s.cache.Put("state", s.key, s.encode())
			}
			res.Analyzed, res.Reused = 0, Full
			e.result = res
			return e
		}
	}
	g := new(storedGraph)
	if json.Unmarshal(s.graph, g) != nil || g.Env == nil {
		return e
	}
	e.graph = g
	s.reused = true
	s.changed = slices.Sorted(maps.Keys(d.sources))
	e.hashes = map[string]string{}
	for _, r := range s.seen {
		if r.sort != goFile {
			continue
		}
		hash, ok := d.sources[r.name]
		if !ok {
			hash = r.hash
		}
		e.hashes[r.name] = hashText(hash)
	}
	return e
}

func hashText(k diskcache.Key) string { return hex.EncodeToString(k[:]) }

// save stores what the run saw and found. A run during which files changed, or in
// which the go command met errors that may go away by themselves, leaves nothing.
func (s *state) save(ctx context.Context, r *run, g *storedGraph, res *Result) {
	if s == nil || ctx.Err() != nil {
		return
	}
	for _, n := range r.graph.nodes {
		if n.unloaded() {
			return
		}
	}
	var err error
	if s.reused {
		err = s.update(r)
	} else if s.seen, err = r.record(s.began, s.seen); err == nil {
		s.graph, err = json.Marshal(g)
	}
	if err != nil {
		return
	}
	s.result = nil
	if len(res.Notes) == 0 {
		if s.result, err = json.Marshal(res); err != nil {
			return
		}
	}
	s.cache.Put("state", s.key, s.encode())
}

// update brings the snapshot up to date for a run that used its graph.
func (s *state) update(r *run) error {
	c := &recorder{known: r.hashes, began: s.began, seen: map[string]bool{}}
	for _, name := range s.changed {
		c.add(goFile, name)
	}
	fresh := map[string]record{}
	for _, rec := range c.out {
		fresh[rec.name] = rec
	}
	for i, rec := range s.seen {
		if f, ok := fresh[rec.name]; ok {
			s.seen[i] = f
		}
	}
	return c.err
}

// record takes a snapshot of all files on which the run depended.
func (r *run) record(began time.Time, before snapshot) (snapshot, error) {
	c := &recorder{known: r.hashes, began: began, seen: map[string]bool{}, old: map[string]record{}}
	for _, rec := range before {
		c.old[rec.name] = rec
	}
	for _, name := range programs() {
		c.add(program, name)
	}
	c.add(otherFile, configFile(r.o.getenv))
	trees := map[string]bool{}
	for _, n := range r.graph.nodes {
		switch m := n.Module; {
		case n.immutable(r.env):
		case m == nil || m.Main && m.GoMod == "":
			return nil, errUnsettled // there is no tree to watch
		case m.Main:
			trees[filepath.Dir(m.GoMod)] = true
			c.addDir(n.Dir, len(n.CgoFiles) > 0)
		default:
			c.addDir(n.Dir, false)
		}
	}
	if len(trees) == 0 {
		return nil, errUnsettled
	}
	for root := range trees {
		c.addTree(root)
		c.addModule(root)
	}
	dir, err := filepath.Abs(r.o.Dir)
	if err != nil {
		return nil, err
	}
	c.addAncestors(dir)
	return c.out, c.err
}

// programs returns this program and the go command.
func programs() []string {
	var out []string
	if exe, err := os.Executable(); err == nil {
		out = append(out, exe)
	}
	if name, err := exec.LookPath("go"); err == nil {
		out = append(out, name)
	}
	return out
}

// configFile returns the file in which go env -w keeps its settings; there may be
// none.
func configFile(getenv func(string) string) string {
	if name := getenv("GOENV"); name != "" {
		return name
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "off"
	}
	return filepath.Join(dir, "go", "env")
}

// addModule adds the files of a module that decide about the versions of others.
func (c *recorder) addModule(root string) {
	mod := filepath.Join(root, "go.mod")
	c.add(otherFile, mod)
	c.add(otherFile, filepath.Join(root, "go.sum"))
	c.add(otherFile, filepath.Join(root, "vendor", "modules.txt"))
	for _, dir := range localDirs(mod) {
		c.add(otherFile, filepath.Join(dir, "go.mod"))
	}
}

// addAncestors adds the go.mod and go.work that are, or could come to be, in the
// directories above.
func (c *recorder) addAncestors(dir string) {
	for {
		c.add(otherFile, filepath.Join(dir, "go.mod"))
		work := filepath.Join(dir, "go.work")
		c.add(otherFile, work)
		for _, d := range localDirs(work) {
			c.addModule(d)
		}
		c.add(otherFile, filepath.Join(dir, "go.work.sum"))
		c.add(otherFile, filepath.Join(dir, "vendor", "modules.txt"))
		up := filepath.Dir(dir)
		if up == dir {
			return
		}
		dir = up
	}
}

// localDirs returns the directories that a go.mod or go.work mentions, in replace
// and use lines: every word that looks like a local path. Too many do no harm.
func localDirs(name string) []string {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	var out []string
	for _, word := range strings.Fields(string(data)) {
		word = strings.Trim(word, "\"`()")
		if word == "." || word == ".." || strings.HasPrefix(word, "./") || strings.HasPrefix(word, "../") || filepath.IsAbs(word) && len(word) > 1 {
			if !filepath.IsAbs(word) {
				word = filepath.Join(filepath.Dir(name), word)
			}
			if word != filepath.Dir(name) || filepath.Base(name) == "go.work" {
				out = append(out, word)
			}
		}
	}
	return out
}
