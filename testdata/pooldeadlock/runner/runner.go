// Package runner: the function given to a transaction helper uses the store around it
// in place of the transaction it is handed.
package runner

import (
	"context"
	"database/sql"
)

type Store struct{ db *sql.DB }

func (s *Store) InTx(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func (s *Store) count(ctx context.Context) (n int, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT count(*) FROM bill").Scan(&n)
	return n, err
}

func (s *Store) countIn(ctx context.Context, tx *sql.Tx) (n int, err error) {
	err = tx.QueryRowContext(ctx, "SELECT count(*) FROM bill").Scan(&n)
	return n, err
}

func (s *Store) Direct(ctx context.Context) error {
	return s.InTx(ctx, func(tx *sql.Tx) error {
		_, err := s.db.ExecContext(ctx, "UPDATE total SET n = 1") // want `ExecContext wants a second connection of the pool while the transaction of \(\*runner\.Store\)\.InTx holds one`
		return err
	})
}

func (s *Store) Method(ctx context.Context) error {
	return s.InTx(ctx, func(tx *sql.Tx) error {
		n, err := s.count(ctx) // want `\(\*runner\.Store\)\.count .* wants a second`
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE total SET n = $1", n)
		return err
	})
}

func (s *Store) Again(ctx context.Context) error {
	return s.InTx(ctx, func(tx *sql.Tx) error {
		return s.InTx(ctx, func(inner *sql.Tx) error { // want `\(\*runner\.Store\)\.InTx .* wants a second`
			_, err := inner.ExecContext(ctx, "UPDATE total SET n = 1")
			return err
		})
	})
}

func (s *Store) Right(ctx context.Context) error {
	return s.InTx(ctx, func(tx *sql.Tx) error {
		n, err := s.countIn(ctx, tx) // ok: given the transaction
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE total SET n = $1", n)
		return err
	})
}

// inTx hands its function on to InTx.
func (s *Store) named(ctx context.Context, name string, f func(tx *sql.Tx) error) error {
	return s.InTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "SET application_name = '"+name+"'"); err != nil {
			return err
		}
		return f(tx)
	})
}

func (s *Store) HandedOn(ctx context.Context) error {
	return s.named(ctx, "total", func(tx *sql.Tx) error {
		_, err := s.db.ExecContext(ctx, "UPDATE total SET n = 1") // want `ExecContext wants a second connection of the pool while the transaction of \(\*runner\.Store\)\.named holds one`
		return err
	})
}

// AfterTx runs its function when the transaction has ended.
func (s *Store) AfterTx(ctx context.Context, f func() error) error {
	if err := s.InTx(ctx, func(tx *sql.Tx) error { return nil }); err != nil {
		return err
	}
	return f()
}

func (s *Store) UsesAfterTx(ctx context.Context) error {
	return s.AfterTx(ctx, func() error {
		_, err := s.db.ExecContext(ctx, "UPDATE total SET n = 1") // ok: nothing is held
		return err
	})
}
