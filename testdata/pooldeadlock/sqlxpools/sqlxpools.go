// Package sqlxpools: a wrapper of the pool is the pool.
package sqlxpools

import (
	"context"

	"github.com/jmoiron/sqlx"
)

type Repo struct{ db *sqlx.DB }

func (r *Repo) Update(ctx context.Context) error {
	tx, err := r.db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var names []string
	if err := r.db.SelectContext(ctx, &names, "SELECT name FROM bill"); err != nil { // want `\(\*sqlx\.DB\)\.SelectContext wants a second`
		return err
	}
	for _, name := range names {
		if _, err := tx.ExecContext(ctx, "UPDATE bill SET seen = true WHERE name = $1", name); err != nil {
			return err
		}
	}
	return tx.Commit()
}
