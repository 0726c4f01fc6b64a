// Package iface: interfaces of one's own acquire and release as the driver's types do.
package iface

import (
	"context"
	"database/sql"
	"io"
)

// A Querier is a *sql.DB, *sql.Conn or *sql.Tx.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func query(ctx context.Context, q Querier) (bool, error) {
	rows, err := q.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func queryClosed(ctx context.Context, q Querier) (bool, error) {
	rows, err := q.QueryContext(ctx, "SELECT id FROM t") // ok: deferred
	if err != nil {
		return false, err
	}
	defer rows.Close()
	return rows.Next(), nil
}

// noexec: query leaks, not its caller
func Query(ctx context.Context, db *sql.DB) (bool, error) { return query(ctx, db) }

func QueryClosed(ctx context.Context, db *sql.DB) (bool, error) { return queryClosed(ctx, db) }

// A store hides its Querier in a field.
type store struct{ q Querier }

func (s *store) has(ctx context.Context) (bool, error) {
	rows, err := s.q.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func (s *store) hasClosed(ctx context.Context) (bool, error) {
	rows, err := s.q.QueryContext(ctx, "SELECT id FROM t") // ok: deferred
	if err != nil {
		return false, err
	}
	defer rows.Close()
	return rows.Next(), nil
}

// noexec: the method leaks, not its caller
func Field(ctx context.Context, db *sql.DB) (bool, error) { return (&store{db}).has(ctx) }

func FieldClosed(ctx context.Context, db *sql.DB) (bool, error) { return (&store{db}).hasClosed(ctx) }

func Closer(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: closed under its other type
	if err != nil {
		return err
	}
	var c io.Closer = rows
	defer c.Close()
	rows.Next()
	return nil
}

func Asserted(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: closed after it was asserted back
	if err != nil {
		return err
	}
	var v any = rows
	if r, ok := v.(*sql.Rows); ok {
		r.Close()
	}
	return nil
}

// A Nexter has no Close: whoever has only that cannot give the rows back.
type Nexter interface{ Next() bool }

func drain(n Nexter) {
	for n.Next() {
	}
}

func Drained(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: read to the end by the callee
	if err != nil {
		return err
	}
	drain(rows)
	return rows.Err()
}

// A Store is what callers see; its method returns rows, so its callers own them.
type Store interface {
	Open(ctx context.Context) (*sql.Rows, error)
}

type dbStore struct{ db *sql.DB }

func (s dbStore) Open(ctx context.Context) (*sql.Rows, error) {
	return s.db.QueryContext(ctx, "SELECT id FROM t") // ok: the caller's
}

func Concrete(ctx context.Context, db *sql.DB) error {
	rows, err := dbStore{db}.Open(ctx) // want "rows from .* not closed"
	if err != nil {
		return err
	}
	rows.Next()
	return nil
}

func ConcreteClosed(ctx context.Context, db *sql.DB) error {
	rows, err := dbStore{db}.Open(ctx) // ok: closed
	if err != nil {
		return err
	}
	return rows.Close()
}
