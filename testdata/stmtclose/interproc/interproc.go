// Package interproc: statements that functions return, close and use.
package interproc

import (
	"context"
	"database/sql"
)

func prepare(ctx context.Context, db *sql.DB) (*sql.Stmt, error) {
	return db.PrepareContext(ctx, "UPDATE t SET a = 1") // ok: the caller's
}

func closes(stmt *sql.Stmt) { _ = stmt.Close() }

func uses(ctx context.Context, stmt *sql.Stmt) error {
	_, err := stmt.ExecContext(ctx)
	return err
}

func Leaks(ctx context.Context, db *sql.DB) error {
	stmt, err := prepare(ctx, db) // want "statement from .* not closed"
	if err != nil {
		return err
	}
	return uses(ctx, stmt)
}

func Closes(ctx context.Context, db *sql.DB) error {
	stmt, err := prepare(ctx, db) // ok: the helper closes
	if err != nil {
		return err
	}
	defer closes(stmt)
	return uses(ctx, stmt)
}

// A preparer is a *sql.DB, *sql.Conn or *sql.Tx: a statement of the last would need no Close.
type preparer interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

func prepared(ctx context.Context, p preparer) error {
	stmt, err := p.PrepareContext(ctx, "UPDATE t SET a = 1") // want "statement from .* not closed"
	if err != nil {
		return err
	}
	return uses(ctx, stmt)
}

func preparedClosed(ctx context.Context, p preparer) error {
	stmt, err := p.PrepareContext(ctx, "UPDATE t SET a = 1") // ok: deferred
	if err != nil {
		return err
	}
	defer stmt.Close()
	return uses(ctx, stmt)
}

// noexec: prepared leaks, not its caller
func Interface(ctx context.Context, db *sql.DB) error { return prepared(ctx, db) }

func InterfaceClosed(ctx context.Context, db *sql.DB) error { return preparedClosed(ctx, db) }
