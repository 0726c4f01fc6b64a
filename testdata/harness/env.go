package harness

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jmoiron/sqlx"
)

// badName is the data source name that cannot be opened.
const badName = "bad"

// An env is what the arguments of one run are made from.
type env struct {
	s        *server
	limit    int // of each pool
	db       *sql.DB
	ctx      context.Context
	postgres string // the data source name of PostgreSQL

	conns, txs, stmts int // that the harness holds itself
	begun             []*sql.Tx
	holders           []holder
	cleanups          []func()
	owners            []reflect.Value // arguments that keep what they are given
	exited            bool            // the function ended its goroutine, as t.Fatal does
}

// A choice is one value for a parameter.
type choice struct {
	name string
	make func(*env) (reflect.Value, error)
}

func value[T any](name string, v T) choice {
	return choice{name, func(*env) (reflect.Value, error) { return reflect.ValueOf(&v).Elem(), nil }}
}

func made[T any](name string, f func(*env) (T, error)) choice {
	return choice{name, func(e *env) (reflect.Value, error) {
		v, err := f(e)
		return reflect.ValueOf(&v).Elem(), err
	}}
}

var suppliers = map[reflect.Type][]choice{
	reflect.TypeFor[context.Context](): {made("ctx", func(e *env) (context.Context, error) { return e.ctx, nil })},
	reflect.TypeFor[*sql.DB]():         {made("db", func(e *env) (*sql.DB, error) { return e.db, nil })},
	reflect.TypeFor[*sqlx.DB](): {made("db", func(e *env) (*sqlx.DB, error) {
		return sqlx.NewDb(e.db, "specimen"), nil
	})},
	reflect.TypeFor[*sql.Tx](): {made("tx", func(e *env) (*sql.Tx, error) {
		tx, err := e.db.Begin()
		if err == nil {
			e.txs++
			e.conns++
			e.begun = append(e.begun, tx)
		}
		return tx, err
	})},
	reflect.TypeFor[*sql.Rows](): {made("rows", func(e *env) (*sql.Rows, error) {
		rows, err := e.db.Query("SELECT id FROM t")
		if err == nil {
			e.owners = append(e.owners, reflect.ValueOf(rows))
		}
		return rows, err
	})},
	reflect.TypeFor[*sql.Stmt](): {made("stmt", func(e *env) (*sql.Stmt, error) {
		stmt, err := e.db.Prepare("SELECT id FROM t")
		if err == nil {
			e.stmts++
		}
		return stmt, err
	})},
	reflect.TypeFor[testing.TB](): {made("t", func(e *env) (testing.TB, error) { return &fakeTest{e: e}, nil })},
	reflect.TypeFor[bool]():       {value("false", false), value("true", true)},
	reflect.TypeFor[int]():        {value("0", 0), value("1", 1), value("4", maxOpen+1)},
	reflect.TypeFor[string](): {
		made("a name", func(e *env) (string, error) { return e.dsn(), nil }),
		value(`"bad"`, badName),
	},
	reflect.TypeFor[[]int](): {value("nil", []int(nil)), value("[1 2 3 4]", []int{1, 2, 3, maxOpen + 1})},
	reflect.TypeFor[any]():   {value[any]("nil", nil), value[any]("1", 1), value[any]("2.5", 2.5)},
	reflect.TypeFor[**sql.Rows](): {made("&rows", func(e *env) (**sql.Rows, error) {
		rows := new(*sql.Rows)
		e.owners = append(e.owners, reflect.ValueOf(rows))
		return rows, nil
	})},
}

// dsn is the data source name of PostgreSQL: any other word for database/sql.
func (e *env) dsn() string { return e.postgres }

var errCallback = errors.New("callback failed")

// choices returns the values to try for a parameter, or nil if there are none.
func choices(t reflect.Type) []choice {
	if c, ok := suppliers[t]; ok {
		return c
	}
	switch {
	case t.Kind() == reflect.Interface && reflect.TypeFor[*pgxpool.Pool]().Implements(t):
		return suppliers[reflect.TypeFor[*pgxpool.Pool]()]
	case t.Kind() == reflect.Func && t.NumOut() == 0:
		return []choice{{"func", func(*env) (reflect.Value, error) {
			return reflect.MakeFunc(t, func([]reflect.Value) []reflect.Value { return nil }), nil
		}}}
	case t.Kind() == reflect.Func && t.NumOut() == 1 && t.Out(0) == reflect.TypeFor[error]():
		return []choice{callback(t, nil), callback(t, errCallback)}
	case t.Kind() == reflect.Pointer && strings.HasPrefix(t.Elem().PkgPath(), Module):
		return []choice{{"new", func(e *env) (reflect.Value, error) {
			v := reflect.New(t.Elem())
			if closer(v).IsValid() {
				e.owners = append(e.owners, v)
			}
			return v, e.fill(v.Elem())
		}}}
	}
	return nil
}

// Module is the path of the specimens.
const Module = "testdata.connlint.dev/specimens/"

// fill puts pools into the fields of a specimen's struct, exported or not, and into
// the structs that it points to. The first pool of a struct is that of the run, others
// are pools of their own.
func (e *env) fill(s reflect.Value) error {
	if s.Kind() != reflect.Struct {
		return nil
	}
	pools := 0
	for i := range s.NumField() {
		field := reflect.NewAt(s.Field(i).Type(), unsafe.Pointer(s.Field(i).UnsafeAddr())).Elem()
		t := field.Type()
		switch {
		case t == reflect.TypeFor[*sql.DB]() && pools > 0:
			db := sql.OpenDB(&connector{s: e.s})
			db.SetMaxOpenConns(e.limit)
			field.Set(reflect.ValueOf(db))
		case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct && strings.HasPrefix(t.Elem().PkgPath(), Module):
			field.Set(reflect.New(t.Elem()))
			if err := e.fill(field.Elem()); err != nil {
				return err
			}
		case t == reflect.TypeFor[*sql.DB](), t == reflect.TypeFor[*sqlx.DB](), t == reflect.TypeFor[*pgxpool.Pool]():
			pools++
			pool, err := suppliers[t][0].make(e)
			if err != nil {
				return err
			}
			field.Set(pool)
		case t.Kind() == reflect.Interface && t.NumMethod() > 0 && reflect.TypeFor[*sql.DB]().Implements(t):
			field.Set(reflect.ValueOf(e.db))
		}
	}
	return nil
}

// callback is a function that does nothing and returns err.
func callback(t reflect.Type, err error) choice {
	fn := reflect.MakeFunc(t, func([]reflect.Value) []reflect.Value {
		return []reflect.Value{reflect.ValueOf(&err).Elem()}
	})
	return choice{fmt.Sprintf("func returning %v", err), func(*env) (reflect.Value, error) { return fn, nil }}
}

// combinations returns every list of arguments for fn, or an error that names a
// parameter for which there is no value.
func combinations(fn reflect.Type) ([][]choice, error) {
	all := [][]choice{nil}
	for i := range fn.NumIn() {
		values := choices(fn.In(i))
		if values == nil {
			return nil, fmt.Errorf("no value for a parameter of type %v", fn.In(i))
		}
		var longer [][]choice
		for _, prefix := range all {
			for _, v := range values {
				longer = append(longer, append(prefix[:len(prefix):len(prefix)], v))
			}
		}
		all = longer
	}
	return all, nil
}

// closer returns the method of v that gives back what v holds, if it has one.
func closer(v reflect.Value) reflect.Value {
	for _, name := range []string{"Close", "Stop", "Rollback", "Unlock", "Scan"} {
		if m := v.MethodByName(name); m.IsValid() {
			return m
		}
	}
	if v.Kind() == reflect.Func && v.Type().NumIn() == 0 {
		return v
	}
	return reflect.Value{}
}

// closeResults gives back what the function handed to its caller: the caller's part.
func (e *env) closeResults(results []reflect.Value) {
	for _, v := range append(results, e.owners...) {
		if v.Type() == reflect.TypeFor[**sql.Rows]() {
			v = v.Elem()
		}
		if v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		if !v.IsValid() || (v.Kind() == reflect.Pointer || v.Kind() == reflect.Func) && v.IsNil() {
			continue
		}
		if m := closer(v); m.IsValid() {
			end(m, e)
		}
	}
}

// end calls a closing method. One that panics closed nothing: its value is empty.
func end(m reflect.Value, e *env) {
	defer func() { _ = recover() }()
	var args []reflect.Value
	if m.Type().NumIn() == 1 && m.Type().In(0) == reflect.TypeFor[context.Context]() {
		args = append(args, reflect.ValueOf(&e.ctx).Elem())
	}
	m.Call(args)
}

// endTxs ends the transactions that the function was given.
func (e *env) endTxs() {
	for _, tx := range e.begun {
		_ = tx.Rollback()
	}
}

// inUse says whether connections are out of the pool.
func (e *env) inUse() []string {
	answer := settled(func() string {
		if n := e.db.Stats().InUse; n > e.conns {
			return fmt.Sprintf("%d connections in use", n-e.conns)
		}
		return ""
	})
	if answer == "" {
		return nil
	}
	return []string{answer}
}

// runCleanups ends the fake test.
func (e *env) runCleanups() {
	for i := len(e.cleanups) - 1; i >= 0; i-- {
		e.cleanups[i]()
	}
}

// A fakeTest is a test whose failure ends the goroutine and nothing else.
type fakeTest struct {
	testing.TB
	e *env
}

func (t *fakeTest) Helper()                  {}
func (t *fakeTest) Cleanup(f func())         { t.e.cleanups = append(t.e.cleanups, f) }
func (t *fakeTest) Fatal(...any)             { t.exit() }
func (t *fakeTest) Fatalf(string, ...any)    { t.exit() }
func (t *fakeTest) FailNow()                 { t.exit() }
func (t *fakeTest) Skip(...any)              { t.exit() }
func (t *fakeTest) Skipf(string, ...any)     { t.exit() }
func (t *fakeTest) SkipNow()                 { t.exit() }
func (t *fakeTest) Errorf(string, ...any)    {}
func (t *fakeTest) Error(...any)             {}
func (t *fakeTest) Log(...any)               {}
func (t *fakeTest) Logf(string, ...any)      {}
func (t *fakeTest) Context() context.Context { return t.e.ctx }

func (t *fakeTest) exit() {
	t.e.exited = true
	runtime.Goexit()
}
