package testfile

import (
	"database/sql"
	"testing"
)

func expect(t *testing.T, db *sql.DB, want int) {
	rows, err := db.Query("SELECT id FROM t") // ok: a short result fails the test
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	got := 0
	for rows.Next() {
		got++
	}
	if got != want {
		t.Errorf("got %d rows, want %d", got, want)
	}
}

func TestCount(t *testing.T) {
	if testing.Short() {
		expect(t, nil, 0)
	}
}
