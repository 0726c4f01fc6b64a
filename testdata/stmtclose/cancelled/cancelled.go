// Package cancelled: a context that is cancelled does not close a statement.
package cancelled

import (
	"context"
	"database/sql"
)

func Leaks(ctx context.Context, db *sql.DB) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stmt, err := db.PrepareContext(ctx, "UPDATE t SET a = 1") // want "statement from .* not closed"
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(ctx)
	return err
}

func Closes(ctx context.Context, db *sql.DB) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stmt, err := db.PrepareContext(ctx, "UPDATE t SET a = 1") // ok: deferred
	if err != nil {
		return err
	}
	defer stmt.Close()
	_, err = stmt.ExecContext(ctx)
	return err
}
