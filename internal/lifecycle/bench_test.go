package lifecycle

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/connlint/connlint/internal/program"
)

// BenchmarkFunction is the cost of one function of each shape, and of one twice as long.
func BenchmarkFunction(b *testing.B) {
	for _, s := range shapes {
		for _, n := range []int{s.n, 2 * s.n} {
			b.Run(fmt.Sprintf("%s/%d", strings.ReplaceAll(s.name, " ", "-"), n), func(b *testing.B) {
				benchmark(b, s.source(n))
			})
		}
	}
}

// BenchmarkPackage is the cost of a package of 300 functions as people write them: about
// ten statements, two resources, the same each time.
func BenchmarkPackage(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	var funcs []*program.Func
	for i := range 300 {
		funcs = append(funcs, program.Generate(program.Name(i), r))
	}
	src, _ := program.Source(funcs)
	benchmark(b, src)
}

// benchmark measures SSA and engine, without parsing and types.
func benchmark(b *testing.B, src string) {
	pkg := load(b, src)
	steps := 0
	b.ReportAllocs()
	for b.Loop() {
		res, _ := follow(b, pkg)
		steps = res.steps
	}
	b.ReportMetric(float64(steps), "steps/op")
}
