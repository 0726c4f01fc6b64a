// Package iface: interfaces of one's own acquire and release as the driver's types do.
package iface

import (
	"context"
	"database/sql"
	"io"

	"github.com/jmoiron/sqlx"
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

// An own API in front of the driver: its rows are rows.
type ownRows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

type ownDB interface {
	Query(ctx context.Context, query string) (ownRows, error)
	Rows(ctx context.Context) (*sql.Rows, error)
	Iterator(ctx context.Context) (ownRows, error)
}

type adapter struct{ db *sql.DB }

func (a adapter) Query(ctx context.Context, query string) (ownRows, error) {
	rows, err := a.db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return rows, nil
}

func (a adapter) Rows(ctx context.Context) (*sql.Rows, error) {
	return a.db.QueryContext(ctx, "SELECT id FROM t")
}

func (a adapter) Iterator(ctx context.Context) (ownRows, error) {
	return a.Query(ctx, "SELECT id FROM t")
}

func ownFirst(ctx context.Context, db ownDB) (id int, err error) {
	rows, err := db.Query(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return 0, err
	}
	if rows.Next() {
		err = rows.Scan(&id)
	}
	return id, err
}

func ownFirstClosed(ctx context.Context, db ownDB) (id int, err error) {
	rows, err := db.Query(ctx, "SELECT id FROM t") // ok: deferred
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	if rows.Next() {
		err = rows.Scan(&id)
	}
	return id, err
}

// noexec: ownFirst leaks, not its caller
func Own(ctx context.Context, db *sql.DB) (int, error) { return ownFirst(ctx, adapter{db}) }

func OwnClosed(ctx context.Context, db *sql.DB) (int, error) {
	return ownFirstClosed(ctx, adapter{db})
}

// Rows of a driver are whoever's is given them.
func given(ctx context.Context, db ownDB) (bool, error) {
	rows, err := db.Rows(ctx) // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

// noexec: given leaks, not its caller
func Given(ctx context.Context, db *sql.DB) (bool, error) { return given(ctx, adapter{db}) }

func iterator(ctx context.Context, db ownDB) (bool, error) {
	it, err := db.Iterator(ctx) // ok: what this makes, nobody knows
	if err != nil {
		return false, err
	}
	return it.Next(), nil
}

// noexec: an iterator is not followed
func Iterated(ctx context.Context, db *sql.DB) (bool, error) { return iterator(ctx, adapter{db}) }

// An interface that a driver's package declares acquires, too.
func ext(ctx context.Context, q sqlx.QueryerContext) (bool, error) {
	rows, err := q.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func extClosed(ctx context.Context, q sqlx.QueryerContext) (bool, error) {
	rows, err := q.QueryxContext(ctx, "SELECT id FROM t") // ok: deferred
	if err != nil {
		return false, err
	}
	defer rows.Close()
	return rows.Next(), nil
}

// noexec: ext leaks, not its caller
func Ext(ctx context.Context, db *sqlx.DB) (bool, error) { return ext(ctx, db) }

func ExtClosed(ctx context.Context, db *sqlx.DB) (bool, error) { return extClosed(ctx, db) }

// Rows that cannot be asked for an error.
type mute interface {
	Next() bool
	Scan(dest ...any) error
	Close() error
}

type muteDB interface {
	QueryMute(ctx context.Context) (mute, error)
}

type muteAdapter struct{ db *sql.DB }

func (a muteAdapter) QueryMute(ctx context.Context) (mute, error) {
	rows, err := a.db.QueryContext(ctx, "SELECT id FROM t")
	if err != nil {
		return nil, err
	}
	return rows, nil
}

func muted(ctx context.Context, db muteDB) (n int, err error) {
	rows, err := db.QueryMute(ctx) // ok: read to the end, or closed
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		n++
	}
	return n, rows.Close()
}

func Muted(ctx context.Context, db *sql.DB) (int, error) { return muted(ctx, muteAdapter{db}) }
