// Package fix: the suggested fixes of txdone.
package fix

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5/pgxpool"
)

func Tx(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil) // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit()
}

func Pgx(ctx context.Context, pool *pgxpool.Pool) error {
	tx, err := pool.Begin(ctx) // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit(ctx)
}
