package giventx

import (
	"context"
	"database/sql"
)

// settle is given the transaction, and asks the pool all the same.
func (s *Store) settle(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, "SELECT id FROM bill")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return s.key(ctx)
}

func (s *Store) key(ctx context.Context) error {
	return s.db.QueryRowContext(ctx, "SELECT key FROM setting").Scan(new(string))
}

func Despite(ctx context.Context, db *sql.DB) error {
	s := New(db)
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := s.settle(ctx, tx); err != nil { // want `settle \(\(\*database/sql.DB\).QueryRowContext at despite.go:28\) wants a second connection of the pool while the transaction tx holds one`
		return err
	}
	return tx.Commit()
}

// perhaps uses the pool if there is no transaction.
func (s *Store) perhaps(ctx context.Context, tx *sql.Tx) error {
	if tx != nil {
		_, err := tx.ExecContext(ctx, "DELETE FROM bill")
		return err
	}
	_, err := s.db.ExecContext(ctx, "DELETE FROM bill")
	return err
}

func Perhaps(ctx context.Context, db *sql.DB) error {
	s := New(db)
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := s.perhaps(ctx, tx); err != nil { // ok: there is one
		return err
	}
	return tx.Commit()
}

// finish ends the transaction before it asks.
func (s *Store) finish(ctx context.Context, tx *sql.Tx) error {
	if err := tx.Commit(); err != nil {
		return err
	}
	return s.key(ctx)
}

func Finished(ctx context.Context, db *sql.DB) error {
	s := New(db)
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return s.finish(ctx, tx) // ok: it has ended by then
}
