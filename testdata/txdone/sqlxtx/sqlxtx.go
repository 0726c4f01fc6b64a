// Package sqlxtx: transactions of sqlx.
package sqlxtx

import (
	"context"

	"github.com/jmoiron/sqlx"
)

func Leaks(ctx context.Context, db *sqlx.DB) error {
	tx, err := db.BeginTxx(ctx, nil) // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit()
}

func Ends(ctx context.Context, db *sqlx.DB) error {
	tx, err := db.BeginTxx(ctx, nil) // ok: deferred
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit()
}

func Must(db *sqlx.DB, skip bool) error {
	tx := db.MustBegin() // want "transaction from .* neither committed nor rolled back"
	if skip {
		return nil
	}
	return tx.Commit()
}

func MustEnds(db *sqlx.DB, skip bool) error {
	tx := db.MustBegin() // ok: ended
	if skip {
		return tx.Rollback()
	}
	return tx.Commit()
}

// Unsafe is the same transaction.
func Unsafe(db *sqlx.DB) error {
	tx, err := db.Beginx() // ok: ended under its other name
	if err != nil {
		return err
	}
	u := tx.Unsafe()
	defer u.Rollback()
	return u.Commit()
}
