package lifecycle

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// A shape is a function that can be made as large as one likes.
type shape struct {
	name string
	body func(n int) string
	n    int // a size at which linear and quadratic differ by far
}

const query = `
	rows, err := db.Query("SELECT 1")
	if err != nil {
		return err
	}
`

var shapes = []shape{
	{"statements", func(n int) string {
		return query + "\tx := 1\n" + strings.Repeat("\tx = x*3 + k\n\tstep(x)\n", n/2) + "\treturn rows.Close()\n"
	}, 5000},
	{"statements before", func(n int) string {
		return "\tx := 1\n" + strings.Repeat("\tx = x*3 + k\n\tstep(x)\n", n/2) + query + "\treturn rows.Close()\n"
	}, 5000},
	{"arms of a switch", func(n int) string {
		var b strings.Builder
		b.WriteString(query + "\tx := 0\n\tswitch k {\n")
		for i := range n {
			fmt.Fprintf(&b, "\tcase %d:\n\t\tx = step(%d)\n", i, i)
		}
		return b.String() + "\t}\n\tstep(x)\n\treturn rows.Close()\n"
	}, 500},
	{"arms that close", func(n int) string {
		var b strings.Builder
		b.WriteString(query + "\tswitch k {\n")
		for i := range n {
			fmt.Fprintf(&b, "\tcase %d:\n\t\treturn rows.Close()\n", i)
		}
		return b.String() + "\t}\n\treturn nil\n"
	}, 500},
	{"arms that acquire", func(n int) string {
		var b strings.Builder
		b.WriteString("\tswitch k {\n")
		for i := range n {
			fmt.Fprintf(&b, "\tcase %d:\n%s\t\tstep(%d)\n\t\treturn rows.Close()\n", i, query, i)
		}
		return b.String() + "\t}\n\treturn nil\n"
	}, 500},
	{"branches", func(n int) string {
		var b strings.Builder
		b.WriteString(query)
		for i := range n {
			fmt.Fprintf(&b, "\tif step(%d) > 0 {\n\t\tstep(%d)\n\t}\n", i, i)
		}
		return b.String() + "\treturn rows.Close()\n"
	}, 500},
	{"acquires that are closed", func(n int) string { return strings.Repeat("\t{"+query+"\t\trows.Close()\n\t}\n", n) + "\treturn nil\n" }, 500},
	{"acquires that leak", func(n int) string { return strings.Repeat("\t{"+query+"\t\trows.Next()\n\t}\n", n) + "\treturn nil\n" }, 500},
	{"acquires with defers", func(n int) string {
		return strings.Repeat("\t{"+query+"\t\tdefer rows.Close()\n\t}\n", n) + "\treturn nil\n"
	}, 500},
	{"literals", func(n int) string {
		return query + strings.Repeat("\tfunc() { step(k) }()\n", n) + "\treturn rows.Close()\n"
	}, 500},
}

func (s shape) source(n int) string {
	return "package p\n\nimport \"database/sql\"\n\nfunc step(int) int\n\nfunc f(db *sql.DB, k int) error {\n" + s.body(n) + "}\n"
}

// cost returns what the analysis of src costs: instructions executed and bytes
// allocated.
func cost(t *testing.T, src string) (steps int, bytes uint64) {
	pkg := load(t, src)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	res, _ := follow(t, pkg)
	runtime.ReadMemStats(&after)
	return res.steps, after.TotalAlloc - before.TotalAlloc
}

// growth is the most by which the cost may grow when a function doubles. Quadratic
// would be four.
const growth = 2.6

// A function of twice the size costs twice as much, more or less, in instructions that
// the engine executes.
func TestLinear(t *testing.T) {
	for _, s := range shapes {
		small, _ := cost(t, s.source(s.n))
		large, _ := cost(t, s.source(2*s.n))
		if small < s.n {
			t.Errorf("%s: %d steps for size %d: was it analyzed?", s.name, small, s.n)
		}
		if ratio := float64(large) / float64(small); ratio > growth {
			t.Errorf("%s: %d steps for size %d, %d for twice that: %.1f times", s.name, small, s.n, large, ratio)
		}
	}
}

// No function is beyond bounds: neither 10,000 statements, nor 1,000 arms, nor 2,000
// resources.
func TestBounds(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, tt := range []struct {
		shape string
		n     int
	}{{"statements", 10000}, {"arms of a switch", 1000}, {"arms that acquire", 1000}, {"acquires that are closed", 2000}} {
		i := slices.IndexFunc(shapes, func(s shape) bool { return s.name == tt.shape })
		steps, bytes := cost(t, shapes[i].source(tt.n))
		t.Logf("%d %s: %d steps, %d MB allocated", tt.n, tt.shape, steps, bytes>>20)
		// Three questions are asked of each resource, and a function is explored
		// once more for its summary.
		if most := 4 * (maxInFunc + tt.n*maxLate); steps > most {
			t.Errorf("%d %s: %d steps, want %d at most", tt.n, tt.shape, steps, most)
		}
	}
}
