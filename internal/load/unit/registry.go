package unit

import (
	"encoding/gob"
	"fmt"
	"io"
	"reflect"

	"golang.org/x/tools/go/analysis"
)

// A Registry knows the analyzers to run, in an order in which each follows what
// it requires, and the names of their types of facts.
type Registry struct {
	roots  map[*analysis.Analyzer]bool
	all    []*analysis.Analyzer
	facts  []*analysis.Analyzer // the part of all that makes facts, with what it requires
	byName map[string]reflect.Type
	names  map[reflect.Type]string
}

// NewRegistry validates the analyzers. The numbers that gob gives to types depend
// on the order in which it sees them, and with them the bytes of encoded facts;
// it is shown the types of facts here, in one order.
func NewRegistry(analyzers []*analysis.Analyzer) (*Registry, error) {
	if err := analysis.Validate(analyzers); err != nil {
		return nil, err
	}
	r := &Registry{
		roots:  map[*analysis.Analyzer]bool{},
		byName: map[string]reflect.Type{},
		names:  map[reflect.Type]string{},
	}
	seen := map[*analysis.Analyzer]bool{}
	for _, a := range analyzers {
		r.roots[a] = true
		if err := r.add(a, seen); err != nil {
			return nil, err
		}
	}
	r.facts = factMakers(r.all)
	return r, nil
}

func (r *Registry) add(a *analysis.Analyzer, seen map[*analysis.Analyzer]bool) error {
	if seen[a] {
		return nil
	}
	seen[a] = true
	for _, req := range a.Requires {
		if err := r.add(req, seen); err != nil {
			return err
		}
	}
	r.all = append(r.all, a)
	for _, f := range a.FactTypes {
		t := reflect.TypeOf(f)
		name := t.Elem().PkgPath() + "." + t.Elem().Name()
		r.byName[name], r.names[t] = t, name
		sample := reflect.MakeSlice(reflect.SliceOf(t), 1, 1)
		sample.Index(0).Set(reflect.New(t.Elem()))
		if err := gob.NewEncoder(io.Discard).EncodeValue(sample); err != nil {
			return fmt.Errorf("analyzer %s: fact %s: %v", a.Name, name, err)
		}
	}
	return nil
}

// factMakers returns, in the order of all, the analyzers with facts and those they
// require: what has to run on a package of which only the facts are wanted.
func factMakers(all []*analysis.Analyzer) []*analysis.Analyzer {
	need := map[*analysis.Analyzer]bool{}
	for i := len(all) - 1; i >= 0; i-- {
		a := all[i]
		if len(a.FactTypes) > 0 {
			need[a] = true
		}
		if need[a] {
			for _, req := range a.Requires {
				need[req] = true
			}
		}
	}
	var out []*analysis.Analyzer
	for _, a := range all {
		if need[a] {
			out = append(out, a)
		}
	}
	return out
}

// MakesFacts reports whether any analyzer does.
func (r *Registry) MakesFacts() bool { return len(r.facts) > 0 }
