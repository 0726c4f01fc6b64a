// Package txchildren: a statement that was prepared on a transaction, or moved to it, is closed with it.
package txchildren

import (
	"context"
	"database/sql"
)

func Prepared(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	stmt, err := tx.PrepareContext(ctx, "UPDATE t SET a = 1") // ok: the transaction closes it
	if err != nil {
		return err
	}
	if _, err := stmt.ExecContext(ctx); err != nil {
		return err
	}
	return tx.Commit()
}

func Moved(ctx context.Context, db *sql.DB) error {
	stmt, err := db.PrepareContext(ctx, "UPDATE t SET a = 1") // ok: deferred
	if err != nil {
		return err
	}
	defer stmt.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.StmtContext(ctx, stmt).ExecContext(ctx); err != nil { // ok: the transaction closes its copy
		return err
	}
	return tx.Commit()
}

// The copy ends with the transaction, the statement itself does not.
func MovedOnly(ctx context.Context, db *sql.DB) error {
	stmt, err := db.PrepareContext(ctx, "UPDATE t SET a = 1") // want "statement from .* not closed"
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.StmtContext(ctx, stmt).ExecContext(ctx); err != nil { // ok: the transaction closes its copy
		return err
	}
	return tx.Commit()
}

// The transaction is the caller's, and so is the statement's end.
func Borrowed(ctx context.Context, tx *sql.Tx) error {
	stmt, err := tx.PrepareContext(ctx, "UPDATE t SET a = 1") // ok: closed with the transaction
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(ctx)
	return err
}

func PoolInsideTx(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	stmt, err := db.PrepareContext(ctx, "UPDATE t SET a = 1") // want "statement from .* not closed"
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(ctx)
	return err
}

func Discarded(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.PrepareContext(ctx, "UPDATE t SET a = 1"); err != nil { // ok: it is only tried, and ends with the transaction
		return err
	}
	return tx.Commit()
}
