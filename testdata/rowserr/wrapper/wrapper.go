// Package wrapper: types that iterate over rows in a field.
package wrapper

import (
	"context"
	"database/sql"
)

// A Cursor is read like rows.
type Cursor struct{ rows *sql.Rows }

// Next reports whether there is another row.
func (c *Cursor) Next() bool { return c.rows.Next() }

// Err returns what ended the iteration.
func (c *Cursor) Err() error { return c.rows.Err() }

// Close closes the rows.
func (c *Cursor) Close() error { return c.rows.Close() }

func open(ctx context.Context, db *sql.DB) (*Cursor, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: the caller reads
	if err != nil {
		return nil, err
	}
	return &Cursor{rows}, nil
}

func Unchecked(ctx context.Context, db *sql.DB) (n int, err error) {
	c, err := open(ctx, db) // want "Err|iteration"
	if err != nil {
		return 0, err
	}
	defer c.Close()
	for c.Next() {
		n++
	}
	return n, nil
}

func Checked(ctx context.Context, db *sql.DB) (n int, err error) {
	c, err := open(ctx, db) // ok: asked
	if err != nil {
		return 0, err
	}
	defer c.Close()
	for c.Next() {
		n++
	}
	return n, c.Err()
}

// An Embedding has the methods of its rows.
type Embedding struct{ *sql.Rows }

func embed(ctx context.Context, db *sql.DB) (Embedding, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: the caller reads
	return Embedding{rows}, err
}

func EmbeddedUnchecked(ctx context.Context, db *sql.DB) (n int, err error) {
	e, err := embed(ctx, db) // want "Err|iteration"
	if err != nil {
		return 0, err
	}
	defer e.Close()
	for e.Next() {
		n++
	}
	return n, nil
}

func EmbeddedChecked(ctx context.Context, db *sql.DB) (n int, err error) {
	e, err := embed(ctx, db) // ok: asked
	if err != nil {
		return 0, err
	}
	defer e.Close()
	for e.Next() {
		n++
	}
	return n, e.Err()
}
