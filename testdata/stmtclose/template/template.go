// Package template: a statement of the pool that is kept, and its copies in transactions.
package template

import (
	"context"
	"database/sql"
)

// A Store keeps its statement.
type Store struct{ insert *sql.Stmt }

// Close closes the statement.
func (s *Store) Close() error { return s.insert.Close() }

func (s *Store) add(ctx context.Context, tx *sql.Tx) error {
	stmt := tx.StmtContext(ctx, s.insert) // ok: the copy is closed here, and would be with the transaction
	defer func() { _ = stmt.Close() }()
	_, err := stmt.ExecContext(ctx)
	return err
}

func Copy(ctx context.Context, db *sql.DB) (err error) {
	insert, err := db.PrepareContext(ctx, "INSERT INTO t VALUES (1)") // ok: the store's, which is closed
	if err != nil {
		return err
	}
	s := &Store{insert}
	defer s.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := s.add(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}
