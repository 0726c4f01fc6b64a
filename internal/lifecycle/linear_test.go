package lifecycle

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"github.com/connlint/connlint/internal/ssafunc"
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
	{"literals that assign", func(n int) string {
		return query + strings.Repeat("\tfunc() { if step(k) > 0 { k++; rows.Next() } }()\n", n) + "\treturn rows.Close()\n"
	}, 500},
	{"defers", func(n int) string {
		return query + strings.Repeat("\tdefer step(k)\n", n) + "\treturn rows.Close()\n"
	}, 500},
	{"deferred literals", func(n int) string {
		return query + strings.Repeat("\tdefer func() { if err != nil { rows.Close() } }()\n", n) + "\treturn nil\n"
	}, 500},
	{"acquires with deferred literals", func(n int) string {
		return strings.Repeat("\t{"+query+"\t\tdefer func() { rows.Close() }()\n\t}\n", n) + "\treturn nil\n"
	}, 500},
	{"captured variables", func(n int) string {
		var b strings.Builder
		b.WriteString(query)
		for i := range n {
			fmt.Fprintf(&b, "\tv%d := rows\n\tdefer func() { _ = v%[1]d; v%[1]d = nil }()\n", i)
		}
		return b.String() + "\treturn rows.Close()\n"
	}, 500},
	{"one variable again and again", func(n int) string {
		return "\tvar rows *sql.Rows\n\tvar err error\n" + strings.Repeat(strings.Replace(query, ":=", "=", 1)+"\trows.Close()\n", n) + "\treturn nil\n"
	}, 1000},
	{"loops", func(n int) string {
		return strings.Repeat("\tfor i := 0; i < k; i++ {\n"+query+"\t\tfor rows.Next() {\n\t\t\tstep(i)\n\t\t}\n\t\trows.Close()\n\t}\n", n) + "\treturn nil\n"
	}, 250},
	{"booleans", func(n int) string {
		var b strings.Builder
		b.WriteString(query)
		for i := range n {
			fmt.Fprintf(&b, "\tb%d := step(%[1]d) > 0\n\tif b%[1]d {\n\t\tstep(k)\n\t}\n", i)
		}
		return b.String() + "\treturn rows.Close()\n"
	}, 500},
	{"nested ifs", func(n int) string {
		return query + strings.Repeat("\tif step(k) > 0 {\n", n) + strings.Repeat("\t}\n", n) + "\treturn rows.Close()\n"
	}, 200},
	{"gotos", func(n int) string {
		return query + strings.Repeat("\tif step(k) > 0 {\n\t\tgoto end\n\t}\n", n) + "end:\n\treturn rows.Close()\n"
	}, 500},
	{"arms of a select", func(n int) string {
		return "\tc := make(chan int)\n" + query + "\tselect {\n" + strings.Repeat("\tcase <-c:\n\t\tstep(k)\n", n) + "\t}\n\treturn rows.Close()\n"
	}, 500},
}

func (s shape) source(n int) string {
	return "package p\n\nimport \"database/sql\"\n\nfunc step(int) int\n\nfunc f(db *sql.DB, k int) error {\n" + s.body(n) + "}\n"
}

// cost returns what the analysis of src costs: instructions executed, and bytes that
// the engine allocates, beside the SSA form.
func cost(t *testing.T, src string) (steps int, bytes uint64) {
	pkg := load(t, src)
	form := allocated(func() {
		if _, err := checker.Analyze([]*analysis.Analyzer{ssafunc.Analyzer}, []*packages.Package{pkg}, nil); err != nil {
			t.Fatal(err)
		}
	})
	all := allocated(func() {
		res, _ := follow(t, pkg)
		steps = res.steps
	})
	return steps, all - min(form, all)
}

func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// growth is the most by which the cost may grow when a function doubles. Quadratic
// would be four.
const growth = 2.6

// small is as many bytes as two runs may differ by.
const small = 4 << 20

// A function of twice the size costs twice as much, more or less, in instructions that
// the engine executes and in memory that it allocates. With CONNLINT_ROBUST=1 one of
// four times the size, too.
func TestLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	most := 2
	if os.Getenv("CONNLINT_ROBUST") != "" {
		most = 4
	}
	for _, s := range shapes {
		var steps int
		var bytes uint64
		for n := s.n; n <= most*s.n; n *= 2 {
			moreSteps, moreBytes := cost(t, s.source(n))
			t.Logf("%d %s: %d steps, %.1f MB allocated", n, s.name, moreSteps, float64(moreBytes)/1e6)
			if moreSteps < n/4 {
				t.Errorf("%s: %d steps for size %d: was it analyzed?", s.name, moreSteps, n)
			}
			if ratio := float64(moreSteps) / float64(steps); steps > 0 && ratio > growth {
				t.Errorf("%s: %d steps for size %d, %d for half of that: %.1f times", s.name, moreSteps, n, steps, ratio)
			}
			if ratio := float64(moreBytes) / float64(bytes); bytes > small && ratio > growth {
				t.Errorf("%s: %d bytes for size %d, %d for half of that: %.1f times", s.name, moreBytes, n, bytes, ratio)
			}
			steps, bytes = moreSteps, moreBytes
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

// A function whose SSA form would take gigabytes is left out, and others are not.
func TestGiant(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	i := slices.IndexFunc(shapes, func(s shape) bool { return s.name == "arms that acquire" })
	pkg := load(t, shapes[i].source(20000)+"\nfunc g(db *sql.DB) {\n\tdb.Query(\"SELECT 1\")\n}\n")
	var res *Result
	bytes := allocated(func() { res, _ = follow(t, pkg) })
	if bytes > 64<<20 {
		t.Errorf("%d MB allocated", bytes>>20)
	}
	if len(res.Faults) != 1 {
		t.Errorf("%d faults, want that of g", len(res.Faults))
	}
}
