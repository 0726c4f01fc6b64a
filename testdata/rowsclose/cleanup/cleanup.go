// Package cleanup: what testing.TB.Cleanup is given runs when the test ends.
package cleanup

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"
)

func Literal(t testing.TB, db *sql.DB) {
	rows, err := db.Query("SELECT id FROM t") // ok: closed when the test ends
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rows.Close() })
	rows.Next()
}

func Fatal(t testing.TB, db *sql.DB) {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		t.Fatal(err)
	}
	rows.Next()
}

func NotClosed(t testing.TB, db *sql.DB) {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rows.Err() })
	rows.Next()
}

func TooLate(t testing.TB, db *sql.DB, skip bool) {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		t.Fatal(err)
	}
	if skip {
		return
	}
	t.Cleanup(func() { rows.Close() })
	rows.Next()
}

// noexec: testify wants a test of its own
func Require(t *testing.T, db *sql.DB) {
	rows, err := db.Query("SELECT id FROM t")
	require.NoError(t, err)
	defer rows.Close() // ok: require.NoError returns only where the error is nil
	require.True(t, rows.Next())
}

// noexec: testify wants a test of its own
func RequireLeaks(t *testing.T, db *sql.DB) {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	require.NoError(t, err)
	require.True(t, rows.Next())
}

func open(t testing.TB, db *sql.DB) *sql.Rows {
	rows, err := db.Query("SELECT id FROM t") // ok: closed when the test ends
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rows.Close() })
	return rows
}

func FromHelper(t testing.TB, db *sql.DB) bool {
	rows := open(t, db) // ok: the helper has seen to it
	return rows.Next()
}
