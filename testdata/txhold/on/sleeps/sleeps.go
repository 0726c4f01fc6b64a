// Package sleeps: a pause between Begin and Commit.
package sleeps

import (
	"context"
	"database/sql"
	"time"
)

func Batches(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for range 10 {
		if _, err := tx.ExecContext(ctx, "DELETE FROM log WHERE id IN (SELECT id FROM log LIMIT 1000)"); err != nil {
			return err
		}
		time.Sleep(time.Second) // want `time\.Sleep waits for a pause while the transaction tx is open`
	}
	return tx.Commit()
}

func Blink(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	time.Sleep(time.Millisecond) // ok: too short to matter
	return tx.Commit()
}

func BatchesRight(ctx context.Context, db *sql.DB) error {
	for range 10 {
		if err := batch(ctx, db); err != nil {
			return err
		}
		time.Sleep(time.Second) // ok: between two transactions
	}
	return nil
}

func batch(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "DELETE FROM log WHERE id IN (SELECT id FROM log LIMIT 1000)"); err != nil {
		return err
	}
	return tx.Commit()
}

// Leader holds the transaction as a lock.
func Leader(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(1)"); err != nil {
		return err
	}
	time.Sleep(time.Second) // ok: the lock is what the transaction is for
	return tx.Commit()
}
