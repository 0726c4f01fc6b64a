// Package parallel is run by the tests of runtimecheck: a clean test, in many copies at once. None may fail.
package parallel

import (
	"database/sql"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/connlint/connlint/runtimecheck"
	_ "modernc.org/sqlite"
)

var shared = func() *sql.DB {
	c, err := runtimecheck.DataSource("sqlite", ":memory:")
	if err != nil {
		panic(err)
	}
	return sql.OpenDB(runtimecheck.Connector(c, runtimecheck.Nested()))
}()

func TestMain(m *testing.M) { runtimecheck.VerifyTestMain(m, runtimecheck.Stmts()) }

// tests is how many run in each -count.
const tests = 500

func TestClean(t *testing.T) {
	dir := t.TempDir()
	for i := range tests {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			if i%2 == 0 {
				runtimecheck.VerifyNone(t)
				use(t, shared)
				return
			}
			use(t, runtimecheck.Open(t, "sqlite", filepath.Join(dir, "a.db"), runtimecheck.Nested(), runtimecheck.Stmts()))
		})
	}
}

func use(t *testing.T, db *sql.DB) {
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			rows, err := db.QueryContext(t.Context(), "SELECT 1 UNION SELECT 2")
			if err != nil {
				t.Error(err)
				return
			}
			defer rows.Close()
			for rows.Next() {
			}
			if err := rows.Err(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Error(err)
		return
	}
	defer tx.Rollback()
	s, err := tx.Prepare("SELECT ?")
	if err != nil {
		t.Error(err)
		return
	}
	defer s.Close()
	var n int
	if err := s.QueryRow(3).Scan(&n); err != nil {
		t.Error(err)
	}
}
