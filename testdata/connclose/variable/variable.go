// Package variable: opened by way of a variable that only tests set to something else.
package variable

import (
	"context"
	"database/sql"
)

var (
	open    = sql.Open
	openFor = func(dsn string) (*sql.DB, error) { return sql.Open("specimen", dsn) } // ok: the caller's
	chosen  = sql.Open
)

// Choose replaces what opens.
//
// noexec: it acquires nothing
func Choose(f func(driver, dsn string) (*sql.DB, error)) { chosen = f }

func Named(ctx context.Context, dsn string) (*sql.DB, error) {
	db, err := open("specimen", dsn) // want "pool from sql.Open in db is not closed"
	if err != nil {
		return nil, err
	}
	if err := db.PingContext(ctx); err != nil {
		return nil, err
	}
	return db, nil
}

func Literal(ctx context.Context, dsn string) (*sql.DB, error) {
	db, err := openFor(dsn) // want "pool from openFor in db is not closed"
	if err != nil {
		return nil, err
	}
	if err := db.PingContext(ctx); err != nil {
		return nil, err
	}
	return db, nil
}

func LiteralClosed(ctx context.Context, dsn string) error {
	db, err := openFor(dsn) // ok: deferred
	if err != nil {
		return err
	}
	defer db.Close()
	return db.PingContext(ctx)
}

// noexec: what Choose was given may own the pool; sql.Open does not
func Chosen(ctx context.Context, dsn string) (*sql.DB, error) {
	db, err := chosen("specimen", dsn) // ok: it may hand out somebody's
	if err != nil {
		return nil, err
	}
	if err := db.PingContext(ctx); err != nil {
		return nil, err
	}
	return db, nil
}
