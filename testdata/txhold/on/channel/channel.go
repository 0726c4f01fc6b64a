// Package channel: a send that waits for a slow receiver.
package channel

import (
	"context"
	"database/sql"
)

func Events(ctx context.Context, db *sql.DB, events chan<- int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var id int
	if err := tx.QueryRowContext(ctx, "SELECT max(id) FROM events").Scan(&id); err != nil {
		return err
	}
	for range id {
		events <- id // want `this waits for a channel while the transaction tx is open`
	}
	return tx.Commit()
}

func Event(ctx context.Context, db *sql.DB, events chan<- int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	events <- 1 // ok: one value; see -txhold.channels
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
		ids <- id // ok: no transaction; see -txhold.channels
	}
	return rows.Err()
}

func Buffered(ctx context.Context, db *sql.DB) (int, error) {
	ids := make(chan int, 1)
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	ids <- 1 // ok: there is room
	if err := tx.Commit(); err != nil {
		return 0, err
	}
	return <-ids, nil
}

func Tried(ctx context.Context, db *sql.DB, wake chan struct{}) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	select { // ok: does not wait
	case wake <- struct{}{}:
	default:
	}
	return tx.Commit()
}
