package sqlite

import (
	"database/sql"
	"testing"
)

func TestClient(t *testing.T) {
	db, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	newClient(db)
	if (&client{db: db}).db == nil {
		t.Fatal("no pool")
	}
}
