// Package allchannels is analyzed with -txhold.channels.
package allchannels

import (
	"context"
	"database/sql"
)

func Receive(ctx context.Context, db *sql.DB, ids <-chan int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	id := <-ids // want `this waits for a channel while the transaction tx is open`
	if _, err := tx.ExecContext(ctx, "DELETE FROM bill WHERE id = $1", id); err != nil {
		return err
	}
	return tx.Commit()
}

func Rows(ctx context.Context, db *sql.DB, ids chan<- int) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM bill")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return err
		}
		select { // want `this waits for a channel while the result set rows is open`
		case ids <- id:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return rows.Err()
}
