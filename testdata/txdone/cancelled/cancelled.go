// Package cancelled: a context that is cancelled rolls back a transaction of database/sql.
package cancelled

import (
	"context"
	"database/sql"
)

func Deferred(ctx context.Context, db *sql.DB) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	tx, err := db.BeginTx(ctx, nil) // ok: cancel rolls back where Commit was not reached
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit()
}

// Begin has no context that could be cancelled.
func NoContext(ctx context.Context, db *sql.DB) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	tx, err := db.Begin() // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit()
}

func OnlyTheStatement(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil) // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit()
}
