// Package crosspkg uses functions of another package that acquire, release, look at and keep rows.
package crosspkg

import (
	"context"
	"database/sql"

	"testdata.connlint.dev/specimens/rowsclose/crosspkg/store"
)

func Leaks(ctx context.Context, db *sql.DB) (bool, error) {
	rows, err := store.Query(ctx, db) // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func Closes(ctx context.Context, db *sql.DB) (bool, error) {
	rows, err := store.Query(ctx, db) // ok: closed by the other package's helper
	if err != nil {
		return false, err
	}
	defer store.Close(rows)
	return rows.Next(), nil
}

func ClosesRows(ctx context.Context, db *sql.DB) error {
	rows, err := store.Query(ctx, db) // ok: closed by the other package's helper
	if err != nil {
		return err
	}
	return store.CloseRows(rows)
}

func Reads(ctx context.Context, db *sql.DB) ([]int, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: Read closes
	if err != nil {
		return nil, err
	}
	return store.Read(rows)
}

func OnlyLooks(ctx context.Context, db *sql.DB) (int, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return 0, err
	}
	return store.Columns(rows), nil
}

func LooksCloses(ctx context.Context, db *sql.DB) (int, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: closed
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	return store.Columns(rows), nil
}

func CursorDropped(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	cursor := store.NewCursor(rows)
	_ = cursor
	return nil
}

func CursorClosed(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: the cursor closes them
	if err != nil {
		return err
	}
	cursor := store.NewCursor(rows)
	return cursor.Close()
}

func Kept(ctx context.Context, db *sql.DB, cursor *store.Cursor) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: whoever has the cursor closes it
	if err != nil {
		return err
	}
	cursor.Keep(rows)
	return nil
}
