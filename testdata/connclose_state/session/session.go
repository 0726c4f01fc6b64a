// Package session: what a session was told stays with its connection when that goes back to the pool.
package session

import (
	"context"
	"database/sql"
)

func Set(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.ExecContext(ctx, "SET search_path = private") // want "search_path is set on conn and not reset before it goes back to the pool"
	return err
}

func SetReset(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "SET search_path = private"); err != nil { // ok: reset before it goes back
		return err
	}
	_, err = conn.ExecContext(ctx, "RESET search_path")
	return err
}

// On a pool nobody knows which connection it was.
func SetOnPool(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, "SET sql_mode = 'ANSI'") // want "sql_mode is set on one connection of the pool"
	return err
}

func SetLocal(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "SET LOCAL search_path = private"); err != nil { // ok: ends with the transaction
		return err
	}
	return tx.Commit()
}

func Lock(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.ExecContext(ctx, "SELECT pg_advisory_lock(1)") // want "advisory lock is taken on conn and not released"
	return err
}

func LockUnlock(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock(1)"); err != nil { // ok: unlocked
		return err
	}
	_, err = conn.ExecContext(ctx, "SELECT pg_advisory_unlock(1)")
	return err
}

func LockXact(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(1)"); err != nil { // ok: ends with the transaction
		return err
	}
	return tx.Commit()
}

func Temporary(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.ExecContext(ctx, "CREATE TEMPORARY TABLE seen (id int)") // want "temporary table seen is created on conn and not dropped"
	return err
}
