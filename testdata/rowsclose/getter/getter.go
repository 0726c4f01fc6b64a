// Package getter: what a getter returns is borrowed.
package getter

import (
	"context"
	"database/sql"
)

// A Reader keeps rows open between calls.
type Reader struct{ rows *sql.Rows }

// Rows returns the rows that the reader reads from; they stay the reader's.
func (r *Reader) Rows() *sql.Rows { return r.rows }

// Close closes the rows.
func (r *Reader) Close() error { return r.rows.Close() }

type key struct{}

func fromContext(ctx context.Context) *sql.Rows {
	rows, _ := ctx.Value(key{}).(*sql.Rows)
	return rows
}

// noexec: it borrows
func FromField(r *Reader) bool {
	rows := r.Rows() // ok: borrowed
	return rows.Next()
}

func FromContext(ctx context.Context) bool {
	rows := fromContext(ctx) // ok: borrowed
	return rows != nil && rows.Next()
}

// noexec: it borrows
func FromMap(open map[string]*sql.Rows) bool {
	rows, ok := open["a"] // ok: borrowed
	return ok && rows.Next()
}

// noexec: it borrows
func FromChannel(c <-chan *sql.Rows) bool {
	rows := <-c // ok: not acquired by a call
	return rows.Next()
}

// lazy acquires once and keeps: its callers borrow.
func (r *Reader) lazy(ctx context.Context, db *sql.DB) (*sql.Rows, error) {
	if r.rows == nil {
		rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: the reader's
		if err != nil {
			return nil, err
		}
		r.rows = rows
	}
	return r.rows, nil
}

func Lazy(ctx context.Context, db *sql.DB) error {
	var r Reader
	rows, err := r.lazy(ctx, db) // ok: borrowed from the reader, which closes
	if err != nil {
		return err
	}
	rows.Next()
	return r.Close()
}
