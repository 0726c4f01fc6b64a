// Package giventx: a helper that is handed the transaction, or something made of it.
package giventx

import (
	"context"
	"database/sql"
)

type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

type Store struct {
	db *sql.DB
	q  querier
}

func New(db *sql.DB) *Store { return &Store{db: db, q: db} }

func (s *Store) with(tx *sql.Tx) *Store { return &Store{db: s.db, q: tx} }

func (s *Store) pick(tx *sql.Tx) querier {
	if tx != nil {
		return tx
	}
	return s.db
}

func (s *Store) Count(ctx context.Context) (n int, err error) {
	err = s.q.QueryRowContext(ctx, "SELECT count(*) FROM bill").Scan(&n)
	return n, err
}

func (s *Store) CountIn(ctx context.Context, tx *sql.Tx) (n int, err error) {
	err = s.pick(tx).QueryRowContext(ctx, "SELECT count(*) FROM bill").Scan(&n)
	return n, err
}

func (s *Store) Clone(ctx context.Context) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := s.with(tx).Count(ctx); err != nil { // ok: the clone uses the transaction
		return err
	}
	return tx.Commit()
}

func (s *Store) Optional(ctx context.Context) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := s.CountIn(ctx, tx); err != nil { // ok: it was given the transaction
		return err
	}
	return tx.Commit()
}
