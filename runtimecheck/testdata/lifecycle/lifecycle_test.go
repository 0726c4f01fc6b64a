// Package lifecycle is run by the tests of runtimecheck: it shows how a check behaves in tests that pass, fail, skip, panic, have
// subtests or run in parallel.
package lifecycle

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/connlint/connlint/runtimecheck"
	_ "modernc.org/sqlite"
)

func open(t *testing.T, opts ...runtimecheck.Option) *sql.DB {
	t.Helper()
	return runtimecheck.Open(t, "sqlite", filepath.Join(t.TempDir(), "a.db"), append(opts, runtimecheck.Settle(50*time.Millisecond))...)
}

func leak(t *testing.T, db *sql.DB) {
	if _, err := db.Begin(); err != nil {
		t.Fatal(err)
	}
}

func TestClean(t *testing.T) { open(t).Ping() }

func TestLeaks(t *testing.T) {
	db := open(t) // the line of the failure
	leak(t, db)
}

func TestFails(t *testing.T) {
	leak(t, open(t))
	t.Fatal("its own failure")
}

func TestSkips(t *testing.T) {
	leak(t, open(t))
	t.Skip("skipped")
}

func TestContextHeals(t *testing.T) {
	db := open(t)
	if _, err := db.BeginTx(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
}

func TestDefersRunFirst(t *testing.T) {
	db := open(t)
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
}

func TestCleanupsRunFirst(t *testing.T) {
	db := open(t)
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tx.Rollback() })
}

func TestSubtests(t *testing.T) {
	t.Run("clean", func(t *testing.T) { t.Parallel(); open(t).Ping() })
	t.Run("leaks", func(t *testing.T) { t.Parallel(); leak(t, open(t)) })
	db := open(t)
	t.Run("leaks the parent's", func(t *testing.T) { leak(t, db) })
}

func TestPanics(t *testing.T) {
	leak(t, open(t))
	panic("its own panic")
}
