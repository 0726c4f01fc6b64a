// Package otherpool: the second connection is one of another pool.
package otherpool

import (
	"context"
	"database/sql"
)

type Store struct{ primary, replica *sql.DB }

func (s *Store) Copy(ctx context.Context) error {
	tx, err := s.primary.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var n int
	if err := s.replica.QueryRowContext(ctx, "SELECT count(*) FROM bill").Scan(&n); err != nil { // ok: another pool
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE total SET n = $1", n); err != nil {
		return err
	}
	return tx.Commit()
}

// Chosen: which of the two it is, nobody knows here.
//
// noexec: where it is the first, it waits for ever; that is not reported
func (s *Store) Chosen(ctx context.Context, archive bool) error {
	db := s.primary
	if archive {
		db = s.replica
	}
	tx, err := s.primary.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := db.PingContext(ctx); err != nil { // ok: it may be another pool
		return err
	}
	return tx.Commit()
}
