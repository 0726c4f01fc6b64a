// Package loop: preparing again and again.
package loop

import (
	"context"
	"database/sql"
)

func Never(ctx context.Context, db *sql.DB, n int) error {
	for range n {
		stmt, err := db.PrepareContext(ctx, "UPDATE t SET a = 1") // want "statement from"
		if err != nil {
			return err
		}
		if _, err := stmt.ExecContext(ctx); err != nil {
			return err
		}
	}
	return nil
}

func Each(ctx context.Context, db *sql.DB, n int) error {
	for range n {
		stmt, err := db.PrepareContext(ctx, "UPDATE t SET a = 1") // ok: closed on each turn
		if err != nil {
			return err
		}
		_, err = stmt.ExecContext(ctx)
		stmt.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// noexec: at the end they are closed; until then the server keeps one for each turn
func DeferInLoop(ctx context.Context, db *sql.DB, n int) error {
	for range n {
		stmt, err := db.PrepareContext(ctx, "UPDATE t SET a = 1") // want "statement from"
		if err != nil {
			return err
		}
		defer stmt.Close()
		if _, err := stmt.ExecContext(ctx); err != nil {
			return err
		}
	}
	return nil
}

func Once(ctx context.Context, db *sql.DB, n int) error {
	stmt, err := db.PrepareContext(ctx, "UPDATE t SET a = 1") // ok: one for all turns
	if err != nil {
		return err
	}
	defer stmt.Close()
	for range n {
		if _, err := stmt.ExecContext(ctx); err != nil {
			return err
		}
	}
	return nil
}
