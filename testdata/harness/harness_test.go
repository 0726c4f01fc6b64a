package harness

import (
	"io"
	"log"
	"reflect"
	"strings"
	"testing"
)

func TestSpecimens(t *testing.T) {
	functions, err := Functions("..", Rules)
	if err != nil {
		t.Fatal(err)
	}
	log.SetOutput(io.Discard) // the specimens log
	executed, runs, skipped := 0, 0, 0
	seen := map[string]bool{}
	for _, f := range functions {
		if f.NoExec != "" {
			skipped++
			continue
		}
		fn, ok := table[f.Key()]
		if !ok {
			t.Errorf("%s:%d: %s is not in the table; run go generate ./harness", f.File, f.Line, f.Name)
			continue
		}
		seen[f.Key()] = true
		if needsServer(f, reflect.TypeOf(fn)) {
			skipped++
			continue
		}
		executed++
		t.Run(f.Key(), func(t *testing.T) { runs += execute(t, f, reflect.ValueOf(fn)) })
	}
	for key := range table {
		if !seen[key] {
			t.Errorf("%s is in the table and not in the specimens; run go generate ./harness", key)
		}
	}
	t.Logf("%d functions executed in %d runs; %d need a server or cannot be executed", executed, runs, skipped)
}

// needsServer reports whether the function is about pgx: its file imports it, and no
// parameter is of database/sql.
func needsServer(f *Function, fn reflect.Type) bool {
	if !f.Pgx {
		return false
	}
	for i := range fn.NumIn() {
		if p := fn.In(i); p.Kind() == reflect.Pointer && p.Elem().PkgPath() == "database/sql" {
			return false
		}
	}
	return true
}

// execute sweeps over the arguments, results and failures of one function and holds
// what happens against what is expected. It returns the number of runs.
func execute(t *testing.T, f *Function, fn reflect.Value) (runs int) {
	all, err := combinations(fn.Type())
	if err != nil {
		t.Errorf("%s:%d: %s cannot be executed: %v; say why in a comment \"noexec: ...\"", f.File, f.Line, f.Name, err)
		return 0
	}
	for _, args := range all {
		for _, rows := range []int{2, 0, 1} {
			for _, odd := range []bool{false, true} {
				for fail := 0; ; fail++ {
					if fail == 0 && odd {
						continue
					}
					sc := scenario{rows, fail, odd, args}
					o := run(f.Rule, fn, sc)
					runs++
					if len(o.faults) > 0 {
						if !f.Want {
							t.Errorf("%s:%d: %s%v: %s, but no diagnostic is expected", f.File, f.Line, f.Name, sc, strings.Join(o.faults, "; "))
						}
						return runs
					}
					if fail > 0 && o.failed == "" {
						break
					}
					if fail > 50 {
						t.Errorf("%s:%d: %s%v: it does not end", f.File, f.Line, f.Name, sc)
						return runs
					}
				}
			}
		}
	}
	if f.Want {
		t.Errorf("%s:%d: %s: a diagnostic is expected, but nothing goes wrong in %d runs", f.File, f.Line, f.Name, runs)
	}
	return runs
}

// TestSweepSees checks the harness itself: what it must find out, and what it must not.
func TestSweepSees(t *testing.T) {
	functions, err := Functions("..", Rules)
	if err != nil {
		t.Fatal(err)
	}
	want, ok := 0, 0
	for _, f := range functions {
		if f.Want {
			want++
		} else {
			ok++
		}
	}
	if want == 0 || ok == 0 {
		t.Errorf("%d functions with a fault, %d without: the comments are not read", want, ok)
	}
}
