package retry

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/ssa/ssautil"
)

const loops = `package p

func try() error
func next() (int, error)
func stop() bool
func sleep()

func again_untilNil() error {
	for {
		err := try()
		if err == nil {
			return nil
		}
		sleep()
	}
}

func again_counted() (err error) {
	for range 3 {
		if err = try(); err == nil {
			break
		}
	}
	return err
}

func again_condition() {
	err := try()
	for err != nil {
		sleep()
		err = try()
	}
}

func again_twoSteps() error {
	for {
		n, err := next()
		if err != nil {
			sleep()
			continue
		}
		if err := try(); err != nil {
			sleep()
			continue
		}
		_ = n
		return nil
	}
}

func again_gaveUp() error {
	for i := 0; ; i++ {
		err := try()
		if err == nil {
			return nil
		}
		if i == 3 {
			return err
		}
	}
}

func never_items(items []int) {
	for range items {
		if err := try(); err != nil {
			continue
		}
		sleep()
	}
}

func never_worker() error {
	for {
		if err := try(); err != nil {
			return err
		}
		sleep()
	}
}

func never_workerThatGoesOn() {
	for !stop() {
		if err := try(); err != nil {
			println(err.Error())
		}
		sleep()
	}
}

func never_reader() (sum int) {
	for {
		n, err := next()
		if err != nil {
			return sum
		}
		sum += n
	}
}

func never_counting() {
	for i := range 10 {
		println(i)
	}
}
`

// Whether a loop tries again is in its shape: the functions above say it in their
// names.
func TestTriesAgain(t *testing.T) {
	for name, fn := range build(t, loops) {
		want, _, ok := strings.Cut(name, "_")
		if !ok {
			continue
		}
		found := loopsOf(fn)
		if len(found) != 1 {
			t.Errorf("%s: %d loops", name, len(found))
			continue
		}
		if got := found[0].triesAgain(); got != (want == "again") {
			t.Errorf("%s: triesAgain is %t", name, got)
		}
	}
}

func build(t *testing.T, src string) map[string]*ssa.Function {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", src, 0)
	if err != nil {
		t.Fatal(err)
	}
	pkg, _, err := ssautil.BuildPackage(&types.Config{}, fset, types.NewPackage("p", ""), []*ast.File{file}, 0)
	if err != nil {
		t.Fatal(err)
	}
	fns := map[string]*ssa.Function{}
	for name, m := range pkg.Members {
		if fn, ok := m.(*ssa.Function); ok && len(fn.Blocks) > 0 {
			fns[name] = fn
		}
	}
	return fns
}

func TestAdditive(t *testing.T) {
	for sql, want := range map[string]bool{
		"INSERT INTO payment VALUES (1)":                         true,
		"insert into payment values (1) on conflict do nothing":  false,
		"INSERT IGNORE INTO payment VALUES (1)":                  false,
		"UPDATE account SET balance = balance - 5 WHERE id = 1":  true,
		"UPDATE account SET name = 'x' WHERE id = 1":             false,
		"DELETE FROM payment WHERE id = 1":                       false,
		"INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE n = 1": false,
	} {
		if got := additive(sql); got != want {
			t.Errorf("%s: %t", sql, got)
		}
	}
}
