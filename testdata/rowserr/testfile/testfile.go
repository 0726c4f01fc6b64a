// Package testfile: a test that compares what it has read sees that some is missing.
package testfile

import (
	"context"
	"database/sql"
	"testing"
)

func Count(ctx context.Context, db *sql.DB) (n int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "Err|iteration"
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	return n, nil
}

// noexec: for tests
func MustCount(t testing.TB, db *sql.DB) (n int) {
	rows, err := db.Query("SELECT id FROM t") // ok: a test's helper
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	return n
}
