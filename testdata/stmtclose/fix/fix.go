// Package fix: the suggested fixes of stmtclose.
package fix

import (
	"context"
	"database/sql"
)

func Defer(ctx context.Context, db *sql.DB) error {
	stmt, err := db.PrepareContext(ctx, "UPDATE t SET a = 1") // want "statement from .* not closed"
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(ctx)
	return err
}
