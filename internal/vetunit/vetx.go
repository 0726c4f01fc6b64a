package vetunit

import (
	"encoding/binary"
	"fmt"
	"go/types"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/connlint/connlint/internal/load/unit"
)

// vetxMagic begins what a relevant unit writes for its importers. What follows is
// the facts about it, and those about its dependencies that indirect importers see:
// path, facts, path, facts, each with its length before it. An irrelevant unit
// writes nothing.
const vetxMagic = "connlint vetx 1\n"

// visibleFacts are the facts about other packages that a unit can see.
type visibleFacts struct {
	reg    *unit.Registry
	direct map[string]bool        // by package path
	facts  map[string]*unit.Facts // by package path
	bound  map[*types.Package]*unit.PackageFacts
}

func (u *vetUnit) readFacts() (*visibleFacts, error) {
	v := &visibleFacts{
		reg:    u.reg,
		direct: map[string]bool{},
		facts:  map[string]*unit.Facts{},
		bound:  map[*types.Package]*unit.PackageFacts{},
	}
	for _, path := range u.cfg.ImportMap {
		v.direct[path] = true
	}
	beyond := map[string]*unit.Facts{}
	for _, path := range slices.Sorted(maps.Keys(u.cfg.PackageVetx)) {
		data, err := os.ReadFile(u.cfg.PackageVetx[path])
		if err != nil {
			return nil, err
		}
		if len(data) == 0 {
			continue
		}
		err = decodeVetx(data, func(about string, facts *unit.Facts) {
			if about == path {
				v.facts[about] = facts
			} else {
				beyond[about] = facts
			}
		})
		if err != nil {
			return nil, fmt.Errorf("facts about %s: %v", path, err)
		}
	}
	for about, facts := range beyond {
		if v.facts[about] == nil {
			v.facts[about] = facts
		}
	}
	return v, nil
}

func decodeVetx(data []byte, add func(path string, facts *unit.Facts)) error {
	rest, ok := strings.CutPrefix(string(data), vetxMagic)
	if !ok {
		return fmt.Errorf("written by another tool")
	}
	next := func() (string, bool) {
		n, w := binary.Uvarint([]byte(rest[:min(len(rest), binary.MaxVarintLen64)]))
		if w <= 0 || n > uint64(len(rest)-w) {
			return "", false
		}
		part := rest[w : w+int(n)]
		rest = rest[w+int(n):]
		return part, true
	}
	for rest != "" {
		path, ok := next()
		text, ok2 := next()
		if !ok || !ok2 {
			return fmt.Errorf("malformed")
		}
		facts, err := unit.ParseFacts([]byte(text))
		if err != nil {
			return err
		}
		add(path, facts)
	}
	return nil
}

// encode returns what importers of the package get to see: the facts about it, and
// those that are visible beyond a package.
func (v *visibleFacts) encode(path string, own *unit.Facts) []byte {
	b := []byte(vetxMagic)
	b = appendPart(appendPart(b, path), string(own.Append(nil)))
	for _, about := range slices.Sorted(maps.Keys(v.facts)) {
		if facts := v.facts[about].Beyond(); !facts.Empty() && about != path {
			b = appendPart(appendPart(b, about), string(facts.Append(nil)))
		}
	}
	return b
}

func appendPart(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// of implements unit.Input.FactsOf.
func (v *visibleFacts) of(pkg *types.Package) (*unit.PackageFacts, bool) {
	direct := v.direct[pkg.Path()]
	facts := v.facts[pkg.Path()]
	if facts.Empty() {
		return nil, direct
	}
	bound := v.bound[pkg]
	if bound == nil {
		bound = unit.Bind(v.reg, pkg, facts)
		v.bound[pkg] = bound
	}
	return bound, direct
}
