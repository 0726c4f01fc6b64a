// Package factory: a helper built from the pool before the transaction began.
package factory

import (
	"context"
	"database/sql"
)

type Queries struct{ db *sql.DB }

func NewQueries(db *sql.DB) *Queries { return &Queries{db: db} }

func (q *Queries) Count(ctx context.Context) (n int, err error) {
	err = q.db.QueryRowContext(ctx, "SELECT count(*) FROM bill").Scan(&n)
	return n, err
}

type Store struct{ db *sql.DB }

func (s *Store) Update(ctx context.Context) error {
	q := NewQueries(s.db)
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	n, err := q.Count(ctx) // want `\(\*factory\.Queries\)\.Count .* wants a second`
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE total SET n = $1", n); err != nil {
		return err
	}
	return tx.Commit()
}
