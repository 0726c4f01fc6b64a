// Package reentrant: a transaction helper that uses the transaction of its context when
// there is one.
package reentrant

import (
	"context"
	"database/sql"
)

type key struct{}

type Store struct{ db *sql.DB }

func (s *Store) InTx(ctx context.Context, f func(ctx context.Context) error) error {
	if _, ok := ctx.Value(key{}).(*sql.Tx); ok {
		return f(ctx)
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := f(context.WithValue(ctx, key{}, tx)); err != nil {
		return err
	}
	return tx.Commit()
}

func (s *Store) Outer(ctx context.Context) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		return s.InTx(ctx, func(ctx context.Context) error { return nil }) // ok: it reuses the transaction
	})
}

func (s *Store) Wrong(ctx context.Context) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		_, err := s.db.ExecContext(ctx, "UPDATE total SET n = 1") // want `ExecContext wants a second connection`
		return err
	})
}
