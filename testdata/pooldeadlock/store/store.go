// Package store: the pool is a field, and the second connection is taken by a method
// of the same or of another type.
package store

import (
	"context"
	"database/sql"
)

type Users struct{ db *sql.DB }

func (u *Users) Name(ctx context.Context, id int) (name string, err error) {
	err = u.db.QueryRowContext(ctx, "SELECT name FROM users WHERE id = $1", id).Scan(&name)
	return name, err
}

type Store struct {
	db    *sql.DB
	users *Users
}

func New(db *sql.DB) *Store { return &Store{db: db, users: &Users{db: db}} }

func (s *Store) count(ctx context.Context) (n int, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT count(*) FROM bill").Scan(&n)
	return n, err
}

func (s *Store) SameType(ctx context.Context) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	n, err := s.count(ctx) // want `\(\*store\.Store\)\.count \(\(\*database/sql\.DB\)\.QueryRowContext at store\.go:\d+\) wants a second connection of the pool while the transaction tx holds one`
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE total SET n = $1", n); err != nil {
		return err
	}
	return tx.Commit()
}

// OtherType makes the other type itself, so that its pool is known to be the same.
func OtherType(ctx context.Context, db *sql.DB, id int) error {
	users := &Users{db: db}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	name, err := users.Name(ctx, id) // want `\(\*store\.Users\)\.Name .* wants a second`
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE bill SET name = $1", name); err != nil {
		return err
	}
	return tx.Commit()
}

// Unknown: whether s.users uses the same pool, only New knows.
//
// noexec: it does, and waits for ever; that is not reported
func (s *Store) Unknown(ctx context.Context, id int) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := s.users.Name(ctx, id); err != nil { // ok: it may be another pool
		return err
	}
	return tx.Commit()
}
