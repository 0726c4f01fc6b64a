// Package transaction: what is set in a transaction outlives it, unless it is said to end with it.
package transaction

import (
	"context"
	"database/sql"
)

func Set(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "SET search_path = private"); err != nil { // want "search_path is set on tx and not reset before the connection goes back to the pool.*SET LOCAL"
		return err
	}
	return tx.Commit()
}

func RolledBack(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	_, err = tx.ExecContext(ctx, "SET search_path = private") // ok: a rollback takes it back
	return err
}

// MySQL's does not.
func RolledBackMySQL(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	_, err = tx.ExecContext(ctx, "SET @@session.wait_timeout = 5") // want "wait_timeout is set on tx"
	return err
}

// The lock is not the transaction's, and stays whatever becomes of that.
func Lock(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	_, err = tx.ExecContext(ctx, "SELECT pg_advisory_lock(1)") // want "advisory lock is taken on tx.*pg_advisory_xact_lock"
	return err
}

// Isolation is about the transaction.
func Isolation(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"); err != nil { // ok: ends with the transaction
		return err
	}
	return tx.Commit()
}

func OnConn(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "SET ROLE auditor"); err != nil { // want "role is set on conn"
		return err
	}
	return tx.Commit()
}

func OnConnReset(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer conn.ExecContext(ctx, "RESET ROLE")
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "SET ROLE auditor"); err != nil { // ok: reset on the connection
		return err
	}
	return tx.Commit()
}

func Dropped(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "CREATE TEMP TABLE seen (id int) ON COMMIT DROP"); err != nil { // ok: dropped by the commit
		return err
	}
	return tx.Commit()
}
