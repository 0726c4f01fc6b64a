package lifecycle

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/connlint/connlint/internal/program"
)

// choices are random numbers made of the bytes that a fuzzer varies: while they last
// each decides one choice of the generator.
type choices struct {
	data []byte
	rest rand.Source
}

func newChoices(data []byte) *choices {
	h := fnv.New64a()
	h.Write(data)
	return &choices{data, rand.NewPCG(h.Sum64(), 0)}
}

func (c *choices) Uint64() uint64 {
	if len(c.data) == 0 {
		return c.rest.Uint64()
	}
	b := c.data[0]
	c.data = c.data[1:]
	return binary.LittleEndian.Uint64([]byte{b, b, b, b, b, b, b, b})
}

// FuzzEngine follows the resources of a program written after the choices in data: no
// internal error, every fault at a place, the same again, within bounds.
func FuzzEngine(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("connlint"))
	f.Add([]byte{1, 200, 3, 180, 90, 7, 66, 250, 31, 12, 140, 77, 9, 230, 51})
	f.Fuzz(func(t *testing.T, data []byte) {
		r := rand.New(newChoices(data))
		var funcs []*program.Func
		for i := range 3 {
			funcs = append(funcs, program.Generate(program.Name(i), r))
		}
		src, _ := program.Source(funcs)
		pkg := load(t, src)
		first := faults(t, pkg.Fset.File(pkg.Syntax[0].FileStart).LineCount(), src)
		if second := faults(t, 0, src); !reflect.DeepEqual(first, second) {
			t.Errorf("another run says\n%q\nnot\n%q in\n%s", second, first, src)
		}
	})
}

// faults returns what the engine says of the program.
func faults(t *testing.T, lines int, src string) []string {
	pkg := load(t, src)
	res, _ := follow(t, pkg)
	if res.steps > 40*(maxInFunc+maxSteps) {
		t.Errorf("%d steps", res.steps)
	}
	var out []string
	for _, f := range res.Faults {
		at := pkg.Fset.Position(f.Pos)
		if !at.IsValid() || lines > 0 && at.Line > lines {
			t.Errorf("fault without a place: %s", f.Message(pkg.Fset))
		}
		out = append(out, fmt.Sprintf("%d:%d %d %s", at.Line, at.Column, f.Sort, f.Message(pkg.Fset)))
	}
	return out
}
