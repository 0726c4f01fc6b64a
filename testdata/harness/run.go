package harness

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"time"
)

const (
	maxOpen = 3                      // connections of the pool
	settle  = 60 * time.Millisecond  // for goroutines of database/sql to give back what a context ended
	hangs   = 400 * time.Millisecond // a function that has not returned by then waits for ever
	slow    = 10 * hangs             // that is to return, on a machine with other work
)

// Rules are the folders whose specimens are executed.
var Rules = []string{"rowsclose", "stmtclose", "connclose", "txdone", "rowserr", "pooldeadlock"}

// A scenario is one run of a function.
type scenario struct {
	rows int
	fail int // 0 for none
	how  failure
	args []choice
}

func (sc scenario) String() string {
	var args []string
	for _, a := range sc.args {
		args = append(args, a.name)
	}
	what := "nothing fails"
	if sc.fail > 0 {
		what = fmt.Sprintf("operation %d fails %s", sc.fail, sc.how)
	}
	return fmt.Sprintf("(%s) with %d rows, %s", strings.Join(args, ", "), sc.rows, what)
}

// A finding is the outcome of a sweep: the first run that went wrong, or the last.
type finding struct {
	scenario
	faults []string
	runs   int
	limit  time.Duration // for a call
	dsn    string        // of PostgreSQL
}

// maxOperations is more than any specimen needs.
const maxOperations = 60

// sweep runs fn with all combinations of arguments and results, failing no operation,
// then the first, then the second and so on, until something goes wrong. It returns
// an error if fn cannot be called or does not come to an end. A call that takes longer
// than limit hangs.
func sweep(rule string, fn reflect.Value, limit time.Duration) (finding, error) {
	p, err := startPostgres()
	if err != nil {
		return finding{}, err
	}
	f := finding{limit: limit, dsn: p.dsn()}
	all, err := combinations(fn.Type())
	if err != nil {
		return f, err
	}
	for _, args := range all {
		for _, rows := range []int{2, 0, 1} {
			for _, how := range []failure{plain, odd, lost} {
				if err := f.sweepFailures(rule, fn, scenario{rows: rows, how: how, args: args}); err != nil || f.faults != nil {
					return f, err
				}
			}
		}
	}
	return f, nil
}

// sweepFailures fails one operation after the other, until there is none left to fail.
func (f *finding) sweepFailures(rule string, fn reflect.Value, sc scenario) error {
	if sc.how != plain {
		sc.fail = 1 // the run without failure has been
	}
	for ; sc.fail < maxOperations; sc.fail++ {
		o := f.run(rule, fn, sc)
		f.scenario, f.faults = sc, o.faults
		f.runs++
		if o.faults != nil || sc.fail > 0 && o.failed == "" {
			return nil
		}
	}
	return fmt.Errorf("%v: it goes on after %d operations", sc, maxOperations)
}

// An outcome is what a run has shown.
type outcome struct {
	ops    int
	failed string // kind of the operation that failed
	faults []string
}

// run executes fn once. The rule says what counts as going wrong.
func (f *finding) run(rule string, fn reflect.Value, sc scenario) outcome {
	s := newServer(sc.rows, sc.fail, sc.how)
	current.Store(s)
	db := sql.OpenDB(&connector{s: s})
	limit := maxOpen
	if rule == "pooldeadlock" {
		limit = 1 // as if all others were held by such functions
	}
	db.SetMaxOpenConns(limit)
	db.SetMaxIdleConns(limit)
	ctx, cancel := context.WithCancel(context.Background())
	e := &env{s: s, limit: limit, db: db, ctx: ctx, postgres: f.dsn}
	defer func() {
		cancel()
		go db.Close() // it waits for what hangs
		for _, h := range e.holders {
			go h.close()
		}
		s.cut()
	}()
	var args []reflect.Value
	for _, c := range sc.args {
		v, err := c.make(e)
		if err != nil {
			return outcome{ops: s.operations()} // it never came to the call
		}
		args = append(args, v)
	}
	before := s.operations()
	results, end := call(fn, args, e, f.limit)
	o := outcome{ops: s.operations(), failed: s.failed()}
	if sc.fail > 0 && sc.fail <= before {
		return o // an operation of the harness failed
	}
	switch {
	case end == hung:
		o.faults = append(o.faults, "it hangs")
		return o
	case rule == "pooldeadlock":
		return o // nothing else is its business
	}
	switch end {
	case broken:
		o.faults = append(o.faults, "it panics with a runtime error")
		return o
	case panicked:
		return o // who panics does not return
	}
	e.closeResults(results)
	o.faults = append(o.faults, measure(rule, e, results)...)
	return o
}

// An ending says how a call ended.
type ending int

const (
	returned ending = iota
	panicked
	broken // by a runtime error, such as a nil dereference
	hung
)

func call(fn reflect.Value, args []reflect.Value, e *env, limit time.Duration) (results []reflect.Value, end ending) {
	done := make(chan struct{})
	end = panicked
	go func() {
		defer close(done)
		defer e.runCleanups()
		defer func() {
			if r := recover(); r != nil {
				var rerr runtime.Error
				if err, ok := r.(error); ok && errors.As(err, &rerr) {
					end = broken
				}
			}
		}()
		results = fn.Call(args)
		end = returned
	}()
	select {
	case <-done:
		if end == panicked && e.exited {
			end = returned // by Goexit, as a test that failed
		}
		return results, end
	case <-time.After(limit):
		return nil, hung
	}
}

// measure says what is wrong after fn has returned, by the rule's measure.
func measure(rule string, e *env, results []reflect.Value) []string {
	faults := e.pgxFaults(rule)
	left := func(what string, allowed int) {
		answer := settled(func() string {
			if n := e.s.count(what); n > allowed {
				return fmt.Sprintf("%d %s left open", n-allowed, what)
			}
			return ""
		})
		if answer != "" {
			faults = append(faults, answer)
		}
	}
	switch rule {
	case "rowsclose":
		left("rows", 0)
	case "stmtclose":
		e.endTxs()
		left("stmt", e.stmts)
	case "txdone":
		left("tx", e.txs)
		faults = append(faults, commitFaults(e.s, results)...)
	case "connclose":
		left("pool", 0)
		faults = append(faults, e.inUse()...)
	case "rowserr":
		if err, ok := lastError(results); ok && err == nil && e.s.failed() == "next" && e.s.how != odd {
			faults = append(faults, "a read failed and it returned no error")
		}
	}
	return faults
}

// commitFaults says whether a commit's failure was lost, or something was committed
// that should have been rolled back.
func commitFaults(s *server, results []reflect.Value) []string {
	retried, dirty := s.commits()
	err, ok := lastError(results)
	switch {
	case dirty:
		return []string{"it committed a transaction in which something had failed"}
	case ok && err == nil && s.failed() == "commit" && !retried:
		return []string{"Commit failed and it returned no error"}
	}
	return nil
}

// lastError returns the last result if it is an error, nil or not.
func lastError(results []reflect.Value) (error, bool) {
	if len(results) == 0 {
		return nil, false
	}
	last := results[len(results)-1]
	if last.Type() != reflect.TypeFor[error]() {
		return nil, false
	}
	err, _ := last.Interface().(error)
	return err, true
}
