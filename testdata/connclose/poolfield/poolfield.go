// Package poolfield: pools that a struct keeps.
package poolfield

import (
	"context"
	"database/sql"
	"errors"
)

// An Instance opens its pool in setup.
type Instance struct{ db *sql.DB }

func (i *Instance) setup(dsn string) (err error) {
	if i.db, err = sql.Open("specimen", dsn); err != nil { // ok: Close closes it
		return err
	}
	return i.db.Ping()
}

// Close closes the pool if there is one.
func (i *Instance) Close() error {
	if i.db == nil {
		return nil
	}
	return i.db.Close()
}

// The deferred Close stands before the test on purpose: setup may fail after it has opened.
func Collect(dsn string) error {
	var i Instance
	err := i.setup(dsn)
	defer i.Close()
	if err != nil {
		return err
	}
	return i.db.Ping()
}

// New merges the error of closing.
func New(ctx context.Context, dsn string) (*Instance, error) {
	db, err := sql.Open("specimen", dsn) // ok: closed where it is not kept
	if err != nil {
		return nil, err
	}
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Instance{db}, nil
}

// NewTwo leaks the first where the second cannot be opened.
func NewTwo(primary, replica string) (a, b *Instance, err error) {
	db, err := sql.Open("specimen", primary) // want "pool from .* not closed"
	if err != nil {
		return nil, nil, err
	}
	other, err := sql.Open("specimen", replica) // ok: kept
	if err != nil {
		return nil, nil, err
	}
	return &Instance{db}, &Instance{other}, nil
}

// Ticks opens and closes on each turn.
func Ticks(ctx context.Context, dsn string, n int) error {
	for range n {
		db, err := sql.Open("specimen", dsn) // ok: closed on each turn
		if err != nil {
			return err
		}
		err = db.PingContext(ctx)
		db.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// TicksLeak forgets to close where the ping fails.
func TicksLeak(ctx context.Context, dsn string, n int) error {
	for range n {
		db, err := sql.Open("specimen", dsn) // want "pool from"
		if err != nil {
			return err
		}
		if err := db.PingContext(ctx); err != nil {
			return err
		}
		db.Close()
	}
	return nil
}

// Replaced opens anew where the first does not answer, and forgets the first.
func Replaced(dsn string) (db *sql.DB, err error) {
	db, err = sql.Open("specimen", dsn) // want "pool from .* not closed"
	if err != nil {
		return nil, err
	}
	if err = db.Ping(); err != nil {
		db, err = sql.Open("specimen", dsn) // ok: the caller's
	}
	return db, err
}

// ReplacedClosed closes the first.
func ReplacedClosed(dsn string) (db *sql.DB, err error) {
	db, err = sql.Open("specimen", dsn) // ok: closed, or the caller's
	if err != nil {
		return nil, err
	}
	if err = db.Ping(); err != nil {
		db.Close()
		db, err = sql.Open("specimen", dsn) // ok: the caller's
	}
	return db, err
}
