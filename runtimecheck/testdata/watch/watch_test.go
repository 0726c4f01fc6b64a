// Package watch is run by the tests of runtimecheck: a handle that the code under test opens itself.
package watch

import (
	"database/sql"
	"testing"
	"time"

	"github.com/connlint/connlint/runtimecheck"
	_ "modernc.org/sqlite"
)

func TestWatched(t *testing.T) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	runtimecheck.Watch(t, db, runtimecheck.Settle(50*time.Millisecond))
	begin(db)
}

func begin(db *sql.DB) { db.Begin() }
