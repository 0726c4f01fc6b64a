// Package pool: a pool that is opened and dropped.
package pool

import (
	"context"
	"database/sql"

	"github.com/jmoiron/sqlx"
)

func open(dsn string) (*sql.DB, error) {
	db, err := sql.Open("specimen", dsn) // want "pool from .* not closed"
	if err != nil {
		return nil, err
	}
	if err := db.Ping(); err != nil {
		return nil, err
	}
	return db, nil
}

func openClosed(dsn string) (*sql.DB, error) {
	db, err := sql.Open("specimen", dsn) // ok: closed where it is not handed out
	if err != nil {
		return nil, err
	}
	if err := db.Ping(); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

func Constructor(dsn string) (*sql.DB, error) {
	db, err := sql.Open("specimen", dsn) // want "pool from .* not closed"
	if err != nil {
		return nil, err
	}
	if err := db.Ping(); err != nil {
		return nil, err
	}
	return db, nil
}

func ConstructorClosed(dsn string) (*sql.DB, error) {
	return openClosed(dsn) // ok: the caller's
}

func ConstructorDirect(dsn string) (*sql.DB, error) {
	return sql.Open("specimen", dsn) // ok: the caller's
}

// noexec: open leaks, not its caller
func Opened(dsn string) error {
	db, err := open(dsn) // ok: deferred
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Ping()
}

func Validate(dsn string) error {
	db, err := sql.Open("specimen", dsn) // ok: closed at once
	if err != nil {
		return err
	}
	return db.Close()
}

func PerCall(ctx context.Context, dsn string) (id int, err error) {
	db, err := sql.Open("specimen", dsn) // want "pool from .* not closed"
	if err != nil {
		return 0, err
	}
	err = db.QueryRowContext(ctx, "SELECT id FROM t").Scan(&id)
	return id, err
}

func PerCallClosed(ctx context.Context, dsn string) (id int, err error) {
	db, err := sql.Open("specimen", dsn) // ok: deferred
	if err != nil {
		return 0, err
	}
	defer db.Close()
	err = db.QueryRowContext(ctx, "SELECT id FROM t").Scan(&id)
	return id, err
}

// A Store owns its pool.
type Store struct{ db *sql.DB }

// Close closes the pool.
func (s *Store) Close() error { return s.db.Close() }

func NewStore(ctx context.Context, dsn string) (*Store, error) {
	db, err := sql.Open("specimen", dsn) // want "pool from .* not closed"
	if err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, "CREATE TABLE t (id int)"); err != nil {
		return nil, err
	}
	return &Store{db}, nil
}

func NewStoreClosed(ctx context.Context, dsn string) (_ *Store, err error) {
	db, err := sql.Open("specimen", dsn) // ok: closed by the deferred function where it fails
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			db.Close()
		}
	}()
	if _, err := db.ExecContext(ctx, "CREATE TABLE t (id int)"); err != nil {
		return nil, err
	}
	return &Store{db}, nil
}

func TwoPools(primary, replica string) (a, b *sql.DB, err error) {
	a, err = sql.Open("specimen", primary) // want "pool from .* not closed"
	if err != nil {
		return nil, nil, err
	}
	b, err = openClosed(replica) // ok: the caller's
	if err != nil {
		return nil, nil, err
	}
	return a, b, nil
}

func Sqlx(dsn string) (*sqlx.DB, error) {
	db, err := sqlx.Open("specimen", dsn) // want "pool from .* not closed"
	if err != nil {
		return nil, err
	}
	if err := db.Ping(); err != nil {
		return nil, err
	}
	return db, nil
}

func SqlxUnsafe(dsn string) (*sqlx.DB, error) {
	db, err := sqlx.Open("specimen", dsn) // ok: the caller's, under another name
	if err != nil {
		return nil, err
	}
	return db.Unsafe(), nil
}

func SqlxConnect(dsn string) (*sqlx.DB, error) {
	db, err := sqlx.Connect("specimen", dsn) // ok: Connect closes where its ping fails
	if err != nil {
		return nil, err
	}
	return db, nil
}

func SqlxNewDb(dsn string) (*sqlx.DB, error) {
	db, err := sql.Open("specimen", dsn) // ok: in what is returned
	if err != nil {
		return nil, err
	}
	return sqlx.NewDb(db, "specimen"), nil
}

// Cleanup returns what closes the pool.
func Cleanup(dsn string) (*sql.DB, func(), error) {
	db, err := sql.Open("specimen", dsn) // ok: the caller's, twice
	if err != nil {
		return nil, nil, err
	}
	return db, func() { db.Close() }, nil
}

func BeforeCheck(dsn string) error {
	db, err := sql.Open("specimen", dsn)
	db.SetMaxOpenConns(5) // want "before its error is checked"
	if err != nil {
		return err
	}
	return db.Close()
}
