// Package earlyreturn: statements that are not closed on each way out.
package earlyreturn

import (
	"context"
	"database/sql"
)

func Never(ctx context.Context, db *sql.DB) error {
	stmt, err := db.PrepareContext(ctx, "UPDATE t SET a = 1") // want "statement from .* not closed"
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(ctx)
	return err
}

func Deferred(ctx context.Context, db *sql.DB) error {
	stmt, err := db.PrepareContext(ctx, "UPDATE t SET a = 1") // ok: deferred
	if err != nil {
		return err
	}
	defer stmt.Close()
	_, err = stmt.ExecContext(ctx)
	return err
}

func ErrorPath(db *sql.DB) error {
	stmt, err := db.Prepare("UPDATE t SET a = 1") // want "statement from .* not closed"
	if err != nil {
		return err
	}
	if _, err := stmt.Exec(); err != nil {
		return err
	}
	return stmt.Close()
}

func ErrorPathClosed(db *sql.DB) error {
	stmt, err := db.Prepare("UPDATE t SET a = 1") // ok: closed on both
	if err != nil {
		return err
	}
	if _, err := stmt.Exec(); err != nil {
		stmt.Close()
		return err
	}
	return stmt.Close()
}

func Discarded(db *sql.DB) error {
	_, err := db.Prepare("SELECT id FROM t") // want "statement"
	return err
}

func DiscardedClosed(db *sql.DB) error {
	stmt, err := db.Prepare("SELECT id FROM t") // ok: only to see whether it can be prepared
	if err == nil {
		stmt.Close()
	}
	return err
}

func BeforeCheck(db *sql.DB) error {
	stmt, err := db.Prepare("UPDATE t SET a = 1")
	defer stmt.Close() // want "before its error is checked"
	if err != nil {
		return err
	}
	_, err = stmt.Exec()
	return err
}

func Two(db *sql.DB) error {
	a, err := db.Prepare("UPDATE t SET a = 1") // want "statement from .* not closed"
	if err != nil {
		return err
	}
	b, err := db.Prepare("UPDATE t SET b = 1") // ok: deferred
	if err != nil {
		return err
	}
	defer a.Close()
	defer b.Close()
	return nil
}

func TwoClosed(db *sql.DB) error {
	a, err := db.Prepare("UPDATE t SET a = 1") // ok: deferred before the next
	if err != nil {
		return err
	}
	defer a.Close()
	b, err := db.Prepare("UPDATE t SET b = 1") // ok: deferred
	if err != nil {
		return err
	}
	defer b.Close()
	return nil
}

func WithPool(ctx context.Context, dsn string) error {
	db, err := sql.Open("specimen", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	stmt, err := db.PrepareContext(ctx, "UPDATE t SET a = 1") // ok: its sessions end with the pool
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(ctx)
	return err
}
