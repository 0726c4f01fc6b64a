package testfile

import (
	"context"
	"database/sql"
	"testing"
)

// ping is what a test might do; there is no server for it here.
func ping(t *testing.T, db *sql.DB) {
	conn, err := db.Conn(context.Background()) // ok: it ends with the test's process
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.PingContext(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T) *sql.DB {
	db, err := sql.Open("specimen", "") // ok: so does a pool
	if err != nil {
		t.Fatal(err)
	}
	ping(t, db)
	return nil
}

func TestOpen(t *testing.T) {
	if testing.Short() {
		open(t)
	}
}
