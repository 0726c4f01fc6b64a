// Package onerror: functions that hand out a live transaction together with an error.
package onerror

import (
	"context"
	"database/sql"
	"errors"
)

// ErrNeedsInit comes with a transaction that is live.
var ErrNeedsInit = errors.New("needs init")

func begin(ctx context.Context, db *sql.DB) (*sql.Tx, error) {
	tx, err := db.BeginTx(ctx, nil) // ok: the caller's, with ErrNeedsInit or without
	if err != nil {
		return nil, err
	}
	var n int
	if err := tx.QueryRowContext(ctx, "SELECT n FROM t").Scan(&n); err != nil {
		tx.Rollback()
		return nil, err
	}
	if n == 1 {
		return tx, ErrNeedsInit
	}
	return tx, nil
}

func DropsWithError(ctx context.Context, db *sql.DB) error {
	tx, err := begin(ctx, db) // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	return tx.Commit()
}

func EndsWithError(ctx context.Context, db *sql.DB) error {
	tx, err := begin(ctx, db) // ok: ended where there is one
	if tx != nil {
		defer tx.Rollback()
	}
	if err != nil {
		return err
	}
	return tx.Commit()
}

// noexec: its caller runs it
func beganFor(ctx context.Context, db *sql.DB) (*sql.Tx, error) {
	tx, err := db.BeginTx(ctx, nil) // want "with an error, where its callers drop it"
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return tx, err
	}
	return tx, nil
}

// noexec: beganFor is to blame
func Dropped(ctx context.Context, db *sql.DB) error {
	tx, err := beganFor(ctx, db)
	if err != nil {
		return err
	}
	return tx.Rollback()
}

// noexec: its caller runs it
func handedFor(ctx context.Context, db *sql.DB) (*sql.Tx, error) {
	tx, err := db.BeginTx(ctx, nil) // ok: the caller looks
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return tx, err
	}
	return tx, nil
}

func LookedAt(ctx context.Context, db *sql.DB) error {
	tx, err := handedFor(ctx, db) // ok: ended, whatever the error
	if tx != nil {
		defer tx.Rollback()
	}
	return err
}
