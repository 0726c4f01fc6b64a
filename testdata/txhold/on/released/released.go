// Package released: nothing is held any more when the wait begins.
package released

import (
	"context"
	"database/sql"
	"time"
)

func RetryLoop(ctx context.Context, db *sql.DB) (err error) {
	for range 3 {
		if err = once(ctx, db); err == nil {
			return nil
		}
		time.Sleep(time.Second) // ok: once has rolled back
	}
	return err
}

func once(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE bill SET paid = true"); err != nil {
		tx.Rollback()
		time.Sleep(time.Second) // ok: rolled back
		return err
	}
	return tx.Commit()
}

func ReadRows(ctx context.Context, db *sql.DB) (n int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM bill")
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	time.Sleep(time.Second) // ok: read to the end
	return n, rows.Err()
}
