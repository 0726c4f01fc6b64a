// Package hang is run by the tests of runtimecheck: a test that waits for ever for a connection that it holds itself.
package hang

import (
	"database/sql"
	"os"
	"testing"
	"time"

	"github.com/connlint/connlint/runtimecheck"
	_ "modernc.org/sqlite"
)

func TestHangs(t *testing.T) {
	db := runtimecheck.Open(t, "sqlite", ":memory:")
	db.SetMaxOpenConns(1)
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	insideTheTransaction(db)
}

func insideTheTransaction(db *sql.DB) { db.Exec("SELECT 1") }

// TestSlow ends, but late.
func TestSlow(t *testing.T) {
	d, err := time.ParseDuration(os.Getenv("HANG_AFTER"))
	if err != nil {
		t.Skip(err)
	}
	tx, err := runtimecheck.Open(t, "sqlite", ":memory:", runtimecheck.HangAfter(d)).Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	time.Sleep(500 * time.Millisecond)
}
