package plugin_test

import (
	"os"
	"path/filepath"
	"testing"
)

// storeSource is a package that hands out open rows: who calls it must know that by
// a fact.
const storeSource = `package store

import "database/sql"

// Users returns open rows.
func Users(db *sql.DB) (*sql.Rows, error) {
	return db.Query("SELECT 1")
}
`

// appSource leaks on line 10, and in functions that are silenced.
const appSource = `package app

import (
	"database/sql"

	"example.com/app/store"
)

func leak(db *sql.DB) error {
	rows, err := store.Users(db)
	if err != nil {
		return err
	}
	rows.Next()
	return rows.Err()
}

func silenced(db *sql.DB) error {
	rows, err := store.Users(db) //nolint:rowsclose // an example
	if err != nil {
		return err
	}
	rows.Next()
	return rows.Err()
}

func silencedForAll(db *sql.DB) error {
	rows, err := store.Users(db) //nolint:connlint // an example
	if err != nil {
		return err
	}
	rows.Next()
	return rows.Err()
}

func closed(db *sql.DB) error {
	rows, err := store.Users(db)
	if err != nil {
		return err
	}
	defer rows.Close()
	rows.Next()
	return rows.Err()
}

var _ = []any{leak, silenced, silencedForAll, closed}
`

// writeApp writes the module with both packages.
func writeApp(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":         "module example.com/app\n\ngo 1.26\n",
		"store/store.go": storeSource,
		"app.go":         appSource,
	} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
