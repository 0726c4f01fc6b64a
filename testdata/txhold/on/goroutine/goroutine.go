// Package goroutine: what runs beside the transaction does not hold it up.
package goroutine

import (
	"context"
	"database/sql"
	"net/http"
)

func Started(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	go http.Get("http://example.com/warmup") // ok: nobody waits for it
	if _, err := tx.ExecContext(ctx, "UPDATE bill SET paid = true"); err != nil {
		return err
	}
	return tx.Commit()
}
