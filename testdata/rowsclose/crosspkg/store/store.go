// Package store is another package: what its functions do is known by facts.
package store

import (
	"context"
	"database/sql"
	"io"
)

// Query makes its caller the owner.
func Query(ctx context.Context, db *sql.DB) (*sql.Rows, error) {
	return db.QueryContext(ctx, "SELECT id FROM t") // ok: the caller's
}

// Close closes on all paths.
//
// noexec: it takes what its caller acquired
func Close(c io.Closer) {
	if c != nil {
		_ = c.Close()
	}
}

// CloseRows closes and returns the error of the iteration.
func CloseRows(rows *sql.Rows) error {
	defer rows.Close()
	return rows.Err()
}

// Read reads to the end or fails, and closes either way.
func Read(rows *sql.Rows) (ids []int, err error) {
	defer rows.Close()
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// Columns only looks.
func Columns(rows *sql.Rows) int {
	columns, _ := rows.Columns()
	return len(columns)
}

// A Cursor keeps what it was given.
type Cursor struct{ rows *sql.Rows }

// Keep takes rows over.
func (c *Cursor) Keep(rows *sql.Rows) { c.rows = rows }

// Close gives the rows back.
func (c *Cursor) Close() error { return c.rows.Close() }

// NewCursor takes rows over.
func NewCursor(rows *sql.Rows) *Cursor { return &Cursor{rows: rows} }
