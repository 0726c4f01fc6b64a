package load

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"os"
	"strings"
	"sync"

	"golang.org/x/tools/go/gcexportdata"

	"github.com/connlint/connlint/internal/load/diskcache"
	"github.com/connlint/connlint/internal/load/unit"
)

// A world holds one incarnation of each package that units import, so that types
// are identical where they should be.
type world struct {
	fset  *token.FileSet
	cache *diskcache.Cache // of export data; may be nil
	sizes types.Sizes
	jobs  int

	// mu is held for writing while export data is read, which creates and
	// completes packages all over the world, and for reading while packages
	// are checked and analyzed.
	mu   sync.RWMutex
	deps map[string]*types.Package // packages that are not own, by path; complete or as far as others mention them
	// unstored are those of them that were made from source and are not in the cache.
	unstored map[*node]bool

	ownMu sync.Mutex
	nodes map[*types.Package]*node // own packages

	bound sync.Map // boundKey to *unit.PackageFacts

	filesMu sync.Mutex
	files   map[string]*sourceFile
}

func newWorld(cache *diskcache.Cache, sizes types.Sizes, jobs int) *world {
	return &world{
		fset:  token.NewFileSet(),
		cache: cache,
		sizes: sizes,
		jobs:  jobs,
		deps:  map[string]*types.Package{},

		unstored: map[*node]bool{},

		nodes: map[*types.Package]*node{},
		files: map[string]*sourceFile{},
	}
}

// A boundKey is a package and the node that has the facts about it.
type boundKey struct {
	pkg  *types.Package
	node *node
}

// errStub says that a package has to be made from source of which parts were
// already made from export data of others that mention it: nobody has wanted it
// before, or its cache entry is lost. The remedy is to start again without reading
// export data.
var errStub = errors.New("there is no export data of a dependency, but of what mentions it")

// loadDeps makes the types of the packages available, from the cache or from
// source.
func (w *world) loadDeps(nodes []*node) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var missing []*node
	seen := map[*node]bool{}
	var visit func(n *node) error
	visit = func(n *node) error {
		if seen[n] || n.own {
			return nil
		}
		seen[n] = true
		if p := w.deps[n.path]; p != nil && p.Complete() {
			return nil
		}
		if w.readExport(n) {
			return nil
		}
		if w.deps[n.path] != nil {
			return errStub
		}
		for _, d := range n.deps {
			if err := visit(d); err != nil {
				return err
			}
		}
		if w.deps[n.path] != nil {
			return errStub
		}
		missing = append(missing, n)
		return nil
	}
	for _, n := range nodes {
		if err := visit(n); err != nil {
			return err
		}
	}
	w.checkDeps(missing)
	w.storeWanted(nodes)
	return nil
}

// haveDeps reports whether the types of the packages that are not own are there, and in
// the cache.
func (w *world) haveDeps(nodes []*node) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	for _, n := range nodes {
		if p := w.deps[n.path]; !n.own && len(n.files) > 0 && (p == nil || !p.Complete() || w.unstored[n]) {
			return false
		}
	}
	return true
}

// adopt makes pkg the types of an own package.
func (w *world) adopt(n *node, pkg *types.Package) {
	n.types = pkg
	w.ownMu.Lock()
	defer w.ownMu.Unlock()
	w.nodes[pkg] = n
}

// typesOf returns the types of a package; w.mu is held.
func (w *world) typesOf(n *node) *types.Package {
	if n.own {
		return n.types
	}
	return w.deps[n.path]
}

func (w *world) readExport(n *node) bool {
	data, ok := w.cache.Get("types", n.depKey)
	if !ok {
		return false
	}
	_, err := gcexportdata.Read(bytes.NewReader(data), w.fset, w.deps, n.path)
	return err == nil
}

// checkDeps makes the types of the packages, which are listed dependencies first,
// from source.
func (w *world) checkDeps(nodes []*node) {
	done := map[*node]chan struct{}{}
	for _, n := range nodes {
		done[n] = make(chan struct{})
	}
	var mapMu sync.Mutex
	get := func(n *node) *types.Package {
		mapMu.Lock()
		defer mapMu.Unlock()
		return w.deps[n.path]
	}
	slots := make(chan struct{}, w.jobs)
	var wg sync.WaitGroup
	for _, n := range nodes {
		w.unstored[n] = true
		wg.Add(1)
		slots <- struct{}{} // in order, so that whoever waits waits for one that runs
		go func() {
			defer wg.Done()
			defer func() { <-slots }()
			for _, d := range n.deps {
				if c := done[d]; c != nil {
					<-c
				}
			}
			c := w.check(n, false, get)
			mapMu.Lock()
			w.deps[n.path] = c.pkg
			mapMu.Unlock()
			close(done[n])
		}()
	}
	wg.Wait()
}

// storeWanted stores what was made from source of the packages that units import. Those
// are few: what they are made of is in their export data, as far as it can be seen, and
// most of what is below them nobody will ever ask for.
func (w *world) storeWanted(nodes []*node) {
	if w.cache == nil {
		return
	}
	slots := make(chan struct{}, w.jobs)
	var wg sync.WaitGroup
	for _, n := range nodes {
		if !w.unstored[n] {
			continue
		}
		delete(w.unstored, n)
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			w.storeExport(n, w.deps[n.path])
		})
	}
	wg.Wait()
}

func (w *world) storeExport(n *node, pkg *types.Package) {
	var buf bytes.Buffer
	// An empty FileSet leaves positions out.
	if err := writeExport(&buf, pkg); err == nil {
		w.cache.Put("types", n.depKey, buf.Bytes())
	}
}

// writeExport recovers the panic with which the encoder meets a package that has
// errors.
func writeExport(buf *bytes.Buffer, pkg *types.Package) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%v", v)
		}
	}()
	return gcexportdata.Write(buf, token.NewFileSet(), pkg)
}

// A checked package is the outcome of a type check.
type checked struct {
	pkg     *types.Package
	sources []source
	files   []*ast.File // of the sources
	info    *types.Info // nil without function bodies
	errors  []types.Error
}

// A source is a parsed file.
type source struct {
	name string
	file *ast.File // nil if it could not be read
	errs []types.Error
}

// check type-checks a package, with function bodies if full is set; of is asked for
// the packages it imports.
func (w *world) check(n *node, full bool, of func(*node) *types.Package) checked {
	sources := make([]source, len(n.files))
	for i, name := range n.files {
		f, errs := w.parse(name, full)
		sources[i] = source{name, f, errs}
	}
	c := w.checkSources(n, sources, full, of)
	for _, name := range n.files {
		w.release(name)
	}
	return c
}

// checkSources type-checks a package as if it had these files.
func (w *world) checkSources(n *node, sources []source, full bool, of func(*node) *types.Package) checked {
	c := checked{sources: sources}
	for _, s := range sources {
		if s.file != nil {
			c.files = append(c.files, s.file)
		}
		c.errors = append(c.errors, s.errs...)
	}
	if full {
		c.info = unit.NewInfo(c.files)
	}
	conf := types.Config{
		GoVersion:        n.goVersion(),
		IgnoreFuncBodies: !full,
		FakeImportC:      true,
		Sizes:            w.sizes,
		Importer:         importerFunc(func(path string) (*types.Package, error) { return importNode(n, path, of) }),
		Error: func(err error) {
			if e, ok := err.(types.Error); ok {
				c.errors = append(c.errors, e)
			}
		},
	}
	c.pkg, _ = conf.Check(n.path, w.fset, c.files, c.info)
	return c
}

type importerFunc func(path string) (*types.Package, error)

func (f importerFunc) Import(path string) (*types.Package, error) { return f(path) }

func importNode(n *node, path string, of func(*node) *types.Package) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	d := n.imports[path]
	if d == nil {
		return nil, errors.New("the go command did not list it")
	}
	pkg := of(n.seen(d))
	if pkg == nil || len(d.files) == 0 {
		return nil, errUnlisted
	}
	return pkg, nil
}

// errUnlisted is the error of an import that the go command could not load, and
// has said so.
var errUnlisted = errors.New("it could not be loaded")

// goVersion returns the language version of the package, "" for the newest.
func (n *node) goVersion() string {
	if n.Module == nil {
		return ""
	}
	v := n.Module.GoVersion
	if v == "" {
		v = "1.16" // what the go command assumes without a go line
	}
	return "go" + v
}

// A sourceFile is a parsed file, shared by a package and its test variant.
type sourceFile struct {
	once sync.Once
	file *ast.File
	errs []types.Error
	uses int  // checks that are still to come, as far as known
	full bool // one of them is with function bodies
}

// reserve announces that the files of n will be checked once more.
func (w *world) reserve(n *node) {
	w.filesMu.Lock()
	defer w.filesMu.Unlock()
	for _, name := range n.files {
		f := w.files[name]
		if f == nil {
			f = new(sourceFile)
			w.files[name] = f
		}
		f.uses++
		f.full = f.full || n.unit
	}
}

func (w *world) release(name string) {
	w.filesMu.Lock()
	defer w.filesMu.Unlock()
	if f := w.files[name]; f != nil {
		if f.uses--; f.uses <= 0 {
			delete(w.files, name)
		}
	}
}

// parse returns the file, with comments and function bodies if full is set or another
// check of it needs them.
func (w *world) parse(name string, full bool) (*ast.File, []types.Error) {
	w.filesMu.Lock()
	f := w.files[name]
	w.filesMu.Unlock()
	if f == nil || full && !f.full {
		return w.parseFile(name, full)
	}
	f.once.Do(func() { f.file, f.errs = w.parseFile(name, f.full) })
	return f.file, f.errs
}

func (w *world) parseFile(name string, full bool) (*ast.File, []types.Error) {
	src, err := os.ReadFile(name)
	if err != nil {
		return nil, w.syntaxErrors(name, err)
	}
	mode := parser.SkipObjectResolution
	if full {
		mode |= parser.ParseComments
	} else {
		blankBodies(src)
	}
	file, err := parser.ParseFile(w.fset, name, src, mode)
	return file, w.syntaxErrors(name, err)
}

// syntaxErrors converts what the parser says into the form of type errors.
func (w *world) syntaxErrors(name string, err error) []types.Error {
	if err == nil {
		return nil
	}
	list, ok := err.(scanner.ErrorList)
	if !ok {
		return []types.Error{{Fset: w.fset, Msg: strings.TrimPrefix(err.Error(), "open "+name+": ")}}
	}
	var out []types.Error
	for _, e := range list {
		te := types.Error{Fset: w.fset, Msg: e.Msg}
		w.fset.Iterate(func(f *token.File) bool {
			if f.Name() == name && e.Pos.Offset <= f.Size() {
				te.Pos = f.Pos(e.Pos.Offset)
				return false
			}
			return true
		})
		out = append(out, te)
	}
	return out
}
