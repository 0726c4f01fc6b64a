// Package failing: a callee that waits only after something went wrong.
package failing

import (
	"context"
	"database/sql"
	"net/http"
)

func report(err error) {
	if err != nil {
		http.Get("http://example.com/failed")
	}
}

func Pay(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	_, err = tx.ExecContext(ctx, "UPDATE bill SET paid = true")
	report(err) // ok: it waits only when all is lost anyway
	if err != nil {
		return err
	}
	return tx.Commit()
}
