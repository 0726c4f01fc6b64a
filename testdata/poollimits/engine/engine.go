// Package engine: only pools of a server need limits.
package engine

import (
	"database/sql"
	"testing"

	"github.com/DATA-DOG/go-sqlmock"
)

type store struct{ db *sql.DB }

func sqlite() *store {
	db, err := sql.Open("sqlite", "file:app.db") // ok: no server
	if err != nil {
		panic(err)
	}
	db.SetMaxOpenConns(0) // ok: files do not refuse
	return &store{db}
}

func memory() *store {
	db, err := sql.Open("sqlite3", ":memory:") // ok: no server
	if err != nil {
		panic(err)
	}
	return &store{db}
}

func mock() *store {
	db, _, err := sqlmock.New() // ok: no server
	if err != nil {
		panic(err)
	}
	return &store{db}
}

func unknown(driver string) *store {
	db, err := sql.Open(driver, "") // ok: nobody knows, and the package imports no driver
	if err != nil {
		panic(err)
	}
	return &store{db}
}

func forTest(t *testing.T) *store {
	db, err := sql.Open("postgres", "") // ok: for a test
	if err != nil {
		t.Fatal(err)
	}
	return &store{db}
}
