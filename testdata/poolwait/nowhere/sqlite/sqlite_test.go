package sqlite

import (
	"database/sql"
	"slices"
	"testing"
)

func TestClient(t *testing.T) {
	if !slices.Contains(sql.Drivers(), "sqlite3") {
		t.Skip("to be read: the specimens need no driver of SQLite")
	}
	db, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	newClient(db)
	if (&client{db: db}).db == nil {
		t.Fatal("no pool")
	}
}
