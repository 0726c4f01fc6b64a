// Package intx: the pool is used while a transaction of it is open.
package intx

import (
	"context"
	"database/sql"
)

func Direct(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var n int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM bill").Scan(&n); err != nil { // want `QueryRowContext wants a second connection of the pool while the transaction tx holds one`
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE total SET n = $1", n); err != nil {
		return err
	}
	return tx.Commit()
}

func Before(ctx context.Context, db *sql.DB) error {
	var n int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM bill").Scan(&n); err != nil { // ok: before the transaction
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "UPDATE total SET n = $1", n); err != nil {
		return err
	}
	return tx.Commit()
}

func After(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE total SET n = 1"); err != nil {
		tx.Rollback()
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	return db.PingContext(ctx) // ok: the transaction has ended
}

func TwoTransactions(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	audit, err := db.BeginTx(ctx, nil) // want `BeginTx wants a second connection of the pool while the transaction tx holds one`
	if err != nil {
		return err
	}
	defer audit.Rollback()
	if _, err := audit.ExecContext(ctx, "INSERT INTO audit DEFAULT VALUES"); err != nil {
		return err
	}
	if err := audit.Commit(); err != nil {
		return err
	}
	return tx.Commit()
}
