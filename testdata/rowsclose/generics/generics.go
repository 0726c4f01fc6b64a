// Package generics: bodies of generic functions, their instances, and constraints with methods.
package generics

import (
	"context"
	"database/sql"
	"io"
)

// collect leaks where scan fails.
func collect[T any](ctx context.Context, db *sql.DB, scan func(*sql.Rows) (T, error)) ([]T, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return nil, err
	}
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

func collectClosed[T any](ctx context.Context, db *sql.DB, scan func(*sql.Rows) (T, error)) ([]T, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: deferred
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

func scanInt(rows *sql.Rows) (id int, err error) {
	err = rows.Scan(&id)
	return id, err
}

// noexec: collect leaks, not its caller
func Instance(ctx context.Context, db *sql.DB) ([]int, error) { return collect(ctx, db, scanInt) }

func InstanceClosed(ctx context.Context, db *sql.DB) ([]int, error) {
	return collectClosed(ctx, db, scanInt)
}

// closeIt releases whatever it is given.
func closeIt[C io.Closer](c C) { _ = c.Close() }

func GenericCloser(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: the instance closes
	if err != nil {
		return err
	}
	defer closeIt(rows)
	return nil
}

// open returns what it acquired, with something else.
func open[T any](db *sql.DB, v T) (*sql.Rows, T, error) {
	rows, err := db.Query("SELECT id FROM t") // ok: the caller's
	return rows, v, err
}

func GenericOpener(db *sql.DB) error {
	rows, _, err := open(db, 1) // want "rows from .* not closed"
	if err != nil {
		return err
	}
	rows.Next()
	return nil
}

func GenericOpenerClosed(db *sql.DB) error {
	rows, _, err := open(db, "x") // ok: closed
	if err != nil {
		return err
	}
	return rows.Close()
}

// A querier is a constraint.
type querier interface {
	*sql.DB | *sql.Tx
	Query(query string, args ...any) (*sql.Rows, error)
}

func has[Q querier](q Q) (bool, error) {
	rows, err := q.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func hasClosed[Q querier](q Q) (bool, error) {
	rows, err := q.Query("SELECT id FROM t") // ok: deferred
	if err != nil {
		return false, err
	}
	defer rows.Close()
	return rows.Next(), nil
}

// noexec: has leaks, not its caller
func Constraint(db *sql.DB) (bool, error) { return has(db) }

func ConstraintClosed(db *sql.DB) (bool, error) { return hasClosed(db) }

// A cursor of T owns rows.
type cursor[T any] struct {
	rows *sql.Rows
	last T
}

func (c *cursor[T]) Close() error { return c.rows.Close() }

func newCursor[T any](db *sql.DB) (*cursor[T], error) {
	rows, err := db.Query("SELECT id FROM t") // ok: in the cursor
	if err != nil {
		return nil, err
	}
	return &cursor[T]{rows: rows}, nil
}

func GenericWrapper(db *sql.DB) error {
	c, err := newCursor[int](db) // want "not closed"
	if err != nil {
		return err
	}
	c.rows.Next()
	return nil
}

func GenericWrapperClosed(db *sql.DB) error {
	c, err := newCursor[int](db) // ok: closed
	if err != nil {
		return err
	}
	defer c.Close()
	c.rows.Next()
	return nil
}

func each[T any](rows *sql.Rows, scan func(*sql.Rows) (T, error)) ([]T, error) {
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

func EachLeaks(db *sql.DB) ([]int, error) {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return nil, err
	}
	return each(rows, func(r *sql.Rows) (int, error) {
		var id int
		return id, r.Scan(&id)
	})
}

func EachClosed(db *sql.DB) ([]int, error) {
	rows, err := db.Query("SELECT id FROM t") // ok: closed
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return each(rows, func(r *sql.Rows) (int, error) {
		var id int
		return id, r.Scan(&id)
	})
}
