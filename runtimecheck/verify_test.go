package runtimecheck_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/connlint/connlint/runtimecheck"
)

// The tests of this file are not parallel: they share what is global.

func TestVerifyNone(t *testing.T) {
	db := sql.OpenDB(runtimecheck.Connector(sqlite(t)))
	defer db.Close()
	old, err := db.Conn(context.Background())
	must(t, err)
	defer old.Close()
	here(t, func(tb testing.TB) {
		runtimecheck.VerifyNone(tb, soon) // what was open before is not its
		must(t, db.Ping())
	}).wantNone(t)
	here(t, func(tb testing.TB) {
		runtimecheck.VerifyNone(tb, soon)
		leakTx(t, tb, db, backends[0])
	}).wantOne(t, "left 1 open", "leakTx")
	// It was closed by force: not reported again.
	here(t, func(tb testing.TB) { runtimecheck.VerifyNone(tb, soon) }).wantNone(t)
	here(t, func(tb testing.TB) {
		runtimecheck.VerifyNone(tb, soon)
		leakTxHealed(t, tb, db, backends[0])
	}).wantOne(t, "it ended only because t.Context()")
}

// In parallel, a test is judged by what its own function opened.
func TestVerifyNoneInParallel(t *testing.T) {
	db := sql.OpenDB(runtimecheck.Connector(sqlite(t)))
	defer db.Close()
	var guilty, innocent *recorder
	t.Run("group", func(t *testing.T) {
		var ready, done = make(chan bool), make(chan bool)
		t.Run("leaks", func(t *testing.T) {
			t.Parallel()
			r := newRecorder(t)
			guilty = r
			runtimecheck.VerifyNone(r, soon)
			leakTx(t, r, db, backends[0])
			close(ready)
			<-done
			r.finish()
		})
		t.Run("innocent", func(t *testing.T) {
			t.Parallel()
			r := newRecorder(t)
			innocent = r
			runtimecheck.VerifyNone(r, soon)
			<-ready
			must(t, db.Ping())
			r.finish()
			close(done)
		})
	})
	guilty.wantOne(t, "leakTx")
	innocent.wantNone(t)
}

// Subtests that share one function cannot be told apart: the leak is left to the whole program's check.
func TestVerifyNoneWhenItCannotTell(t *testing.T) {
	before := runtimecheck.IgnoreCurrent()
	db := sql.OpenDB(runtimecheck.Connector(sqlite(t)))
	defer db.Close()
	var rs [2]*recorder
	for i := range rs {
		rs[i] = newRecorder(t)
		rs[i].name = t.Name() + string(rune('a'+i))
		runtimecheck.VerifyNone(rs[i], soon)
	}
	leakTx(t, rs[0], db, backends[0])
	for _, r := range rs {
		r.finish()
		r.wantNone(t)
	}
	err := runtimecheck.Find(soon, before)
	var le *runtimecheck.LeakError
	if !errors.As(err, &le) || len(le.Leaks) != 1 || le.Leaks[0].Kind != runtimecheck.KindTx {
		t.Fatalf("Find: %v", err)
	}
	if f := le.Leaks[0].Stack[0]; !strings.HasSuffix(f.Function, ".leakTx") || le.Leaks[0].API != "(*sql.DB).BeginTx" || le.Leaks[0].Opened.IsZero() {
		t.Errorf("%+v", le.Leaks[0])
	}
	// Leave nothing behind for the next test.
	here(t, func(tb testing.TB) { must(t, runtimecheck.Find(soon, runtimecheck.IgnoreCurrent())) }).wantNone(t)
}

func TestFindIgnoreCurrent(t *testing.T) {
	before := runtimecheck.IgnoreCurrent()
	db := sql.OpenDB(runtimecheck.Connector(sqlite(t)))
	defer db.Close()
	must(t, runtimecheck.Find(soon, before))
	conn, err := db.Conn(context.Background())
	must(t, err)
	if err := runtimecheck.Find(soon, before); err == nil {
		t.Error("found nothing")
	}
	must(t, runtimecheck.Find(soon, runtimecheck.IgnoreCurrent()))
	must(t, conn.Close())
	must(t, runtimecheck.Find(soon, before))
}

func TestRegister(t *testing.T) {
	name := runtimecheck.Register("sqlite")
	if name != "runtimecheck:sqlite" || runtimecheck.Register("sqlite") != name {
		t.Errorf("Register returns %q", name)
	}
	here(t, func(tb testing.TB) {
		runtimecheck.VerifyNone(tb, soon)
		db, err := sql.Open(name, sqliteDSN(t))
		must(t, err)
		defer db.Close()
		leakRows(t, tb, db, backends[0])
	}).wantOne(t, "leakRows")
	here(t, func(tb testing.TB) {
		runtimecheck.VerifyNone(tb, soon)
		db, err := sql.Open(name, sqliteDSN(t))
		must(t, err)
		must(t, db.Ping())
	}).wantOne(t, "*sql.DB never closed", "TestRegister", "it has 1 connections open")
	defer func() {
		if v := recover(); v == nil {
			t.Error("an unknown driver did not panic")
		}
	}()
	runtimecheck.Register("no such driver")
}

// Sessions of many handles count together: a pool for each request is seen.
func TestMaxSessionsOfManyHandles(t *testing.T) {
	name := runtimecheck.Register("sqlite")
	dsn := sqliteDSN(t)
	here(t, func(tb testing.TB) {
		runtimecheck.VerifyNone(tb, runtimecheck.MaxConnects(2))
		for range 3 {
			db, err := sql.Open(name, dsn)
			must(t, err)
			must(t, db.Ping())
			must(t, db.Close())
		}
	}).wantOne(t, "more than 2 connections opened", "3 opened, 1 of them at the same time")
}

func TestRegisterEveryDriver(t *testing.T) {
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			b.connector(t) // or skip
			dsn := b.dsn(t)
			here(t, func(tb testing.TB) {
				runtimecheck.VerifyNone(tb, soon)
				db, err := sql.Open(runtimecheck.Register(b.driver), dsn)
				must(t, err)
				defer db.Close()
				must(t, db.Ping())
				leakTx(t, tb, db, b)
			}).wantOne(t, "left 1 open", "leakTx")
		})
	}
}
