// Package goroutine: what runs in another goroutine waits there, and not here.
package goroutine

import (
	"context"
	"database/sql"
)

func Started(ctx context.Context, db *sql.DB, log func(error)) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	go func() { // ok: nobody waits for it
		_, err := db.ExecContext(ctx, "INSERT INTO audit DEFAULT VALUES")
		log(err)
	}()
	return tx.Commit()
}
