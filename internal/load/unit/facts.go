package unit

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/gob"
	"fmt"
	"go/types"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/types/objectpath"
)

// A Hash is a SHA-256 sum.
type Hash = [sha256.Size]byte

// Facts are the facts about one package and its objects, encoded. The zero value
// has none.
//
// They are visible as the analysis framework promises: all of them to the
// packages that import this one, those about types, methods and fields also to
// the packages that see these through others.
type Facts struct {
	groups []group
}

// A group holds the facts of one type.
type group struct {
	name    string   // of the type
	beyond  bool     // visible to indirect importers too
	objects []string // by object path; "" is the package
	data    []byte   // gob of a slice of facts, in the order of objects
}

// Empty reports whether there are no facts.
func (f *Facts) Empty() bool { return f == nil || len(f.groups) == 0 }

// About reports whether there are facts about the package-level object of that name,
// or about its parts.
func (f *Facts) About(name string) bool {
	if f.Empty() {
		return false
	}
	return slices.ContainsFunc(f.groups, func(g group) bool {
		return slices.ContainsFunc(g.objects, func(path string) bool {
			return path == name || strings.HasPrefix(path, name+".")
		})
	})
}

// Beyond returns the facts that indirect importers see.
func (f *Facts) Beyond() *Facts {
	out := new(Facts)
	for _, g := range f.groups {
		if g.beyond {
			out.groups = append(out.groups, g)
		}
	}
	return out
}

// Moved returns the facts, which are about from, as those about to: the same package
// with more or fewer files. Its methods have other numbers there, by which object paths
// name them.
func (f *Facts) Moved(from, to *types.Package) *Facts {
	out := new(Facts)
	for _, g := range f.groups {
		g.objects = slices.Clone(g.objects)
		for i, path := range g.objects {
			g.objects[i] = movedPath(path, from, to)
		}
		out.groups = append(out.groups, g)
	}
	return out
}

// movedPath returns the path in to of what has that path in from. The methods of a
// declared type T are T.M0 and so on; what they have in turn comes behind that. Of a
// method that is not in to, the path leads nowhere.
func movedPath(path string, from, to *types.Package) string {
	name, rest, ok := strings.Cut(path, ".M")
	if !ok {
		return path
	}
	digits := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
	i, err := strconv.Atoi(digits)
	a, b := namedType(from, name), namedType(to, name)
	if err != nil || a == nil || b == nil || i >= a.NumMethods() {
		return path
	}
	j := 0
	for j < b.NumMethods() && b.Method(j).Id() != a.Method(i).Id() {
		j++
	}
	return fmt.Sprintf("%s.M%d%s", name, j, rest[len(digits):])
}

// namedType returns the type that the package declares under that name, or nil.
func namedType(pkg *types.Package, name string) *types.Named {
	obj := pkg.Scope().Lookup(name)
	if obj == nil {
		return nil
	}
	t, _ := obj.Type().(*types.Named)
	return t
}

// Hash identifies the facts.
func (f *Facts) Hash() Hash { return sha256.Sum256(f.Append(nil)) }

// Append appends the encoding of f to b.
func (f *Facts) Append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(f.groups)))
	for _, g := range f.groups {
		b = appendBytes(b, g.name)
		var beyond uint64
		if g.beyond {
			beyond = 1
		}
		b = binary.AppendUvarint(b, beyond)
		b = binary.AppendUvarint(b, uint64(len(g.objects)))
		for _, o := range g.objects {
			b = appendBytes(b, o)
		}
		b = appendBytes(b, g.data)
	}
	return b
}

// ParseFacts decodes what Append wrote.
func ParseFacts(data []byte) (*Facts, error) {
	w := &wire{data: data}
	f := new(Facts)
	for range w.count() {
		g := group{name: w.string(), beyond: w.uint() == 1}
		for range w.count() {
			g.objects = append(g.objects, w.string())
		}
		g.data = w.bytes()
		f.groups = append(f.groups, g)
	}
	if w.err == nil && len(w.data) > 0 {
		w.err = errWire
	}
	return f, w.err
}

// encodeFacts encodes the facts about pkg. A fact about an object that no other
// package can name is left out.
func encodeFacts(reg *Registry, pkg *types.Package, facts map[factKey]analysis.Fact) (*Facts, error) {
	type item struct {
		object string
		fact   analysis.Fact
	}
	type kind struct {
		name   string
		beyond bool
	}
	items := map[kind][]item{}
	paths := new(objectpath.Encoder)
	for k, fact := range facts {
		kd := kind{name: reg.names[reflect.TypeOf(fact)]}
		it := item{fact: fact}
		if k.obj != nil {
			path, err := paths.For(k.obj)
			if err != nil {
				continue
			}
			_, isType := k.obj.(*types.TypeName)
			kd.beyond = isType || k.obj.Parent() != pkg.Scope()
			it.object = string(path)
		}
		items[kd] = append(items[kd], it)
	}
	out := new(Facts)
	for kd, list := range items {
		sort.Slice(list, func(i, j int) bool { return list[i].object < list[j].object })
		g := group{name: kd.name, beyond: kd.beyond}
		t := reflect.TypeOf(list[0].fact)
		values := reflect.MakeSlice(reflect.SliceOf(t), 0, len(list))
		for _, it := range list {
			g.objects = append(g.objects, it.object)
			values = reflect.Append(values, reflect.ValueOf(it.fact))
		}
		var buf bytes.Buffer
		if err := gob.NewEncoder(&buf).EncodeValue(values); err != nil {
			return out, fmt.Errorf("%s: facts of type %s: %v", pkg.Path(), g.name, err)
		}
		g.data = buf.Bytes()
		out.groups = append(out.groups, g)
	}
	sort.Slice(out.groups, func(i, j int) bool {
		a, b := out.groups[i], out.groups[j]
		if a.name != b.name {
			return a.name < b.name
		}
		return !a.beyond && b.beyond
	})
	return out, nil
}

// factKey identifies a fact about the package (obj is nil) or one of its objects.
type factKey struct {
	obj types.Object
	typ reflect.Type
}

// PackageFacts are the facts about one package, bound to the objects of one
// incarnation of it. They are decoded when first asked for. They are safe for
// concurrent use.
type PackageFacts struct {
	pkg   *types.Package
	facts *Facts
	reg   *Registry

	mu     sync.Mutex
	tables map[reflect.Type]map[types.Object]boundFact // key nil: the package
}

type boundFact struct {
	fact   analysis.Fact
	beyond bool
}

// Bind binds facts to the objects of pkg.
func Bind(reg *Registry, pkg *types.Package, facts *Facts) *PackageFacts {
	return &PackageFacts{pkg: pkg, facts: facts, reg: reg, tables: map[reflect.Type]map[types.Object]boundFact{}}
}

// table returns the facts of one type. Malformed data has no facts: what comes
// from disk is checked before.
func (p *PackageFacts) table(t reflect.Type) map[types.Object]boundFact {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	table, ok := p.tables[t]
	if ok {
		return table
	}
	table = map[types.Object]boundFact{}
	p.tables[t] = table
	for _, g := range p.facts.groups {
		if g.name != p.reg.names[t] {
			continue
		}
		values := reflect.New(reflect.SliceOf(t))
		err := gob.NewDecoder(bytes.NewReader(g.data)).DecodeValue(values)
		if err != nil || values.Elem().Len() != len(g.objects) {
			continue
		}
		for i, path := range g.objects {
			var obj types.Object
			if path != "" {
				var err error
				if obj, err = objectpath.Object(p.pkg, objectpath.Path(path)); err != nil {
					continue // not part of what was read of this package
				}
			}
			table[obj] = boundFact{values.Elem().Index(i).Interface().(analysis.Fact), g.beyond}
		}
	}
	return table
}
