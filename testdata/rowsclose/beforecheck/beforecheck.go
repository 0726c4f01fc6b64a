// Package beforecheck: rows are nil where the query failed; whoever uses them before the error is tested panics.
package beforecheck

import (
	"context"
	"database/sql"
	"errors"
)

func DeferAbove(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: closed
	defer rows.Close()                                    // want "before its error is checked"
	if err != nil {
		return err
	}
	rows.Next()
	return nil
}

func DeferBelow(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: closed
	if err != nil {
		return err
	}
	defer rows.Close() // ok: below the test
	rows.Next()
	return nil
}

func NextAbove(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t")
	for rows.Next() { // want "before its error is checked"
	}
	return err
}

func InErrorBranch(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t")
	if err != nil {
		rows.Close() // want "nil|before its error is checked"
		return err
	}
	return rows.Close()
}

func Ignored(ctx context.Context, db *sql.DB) {
	rows, _ := db.QueryContext(ctx, "SELECT id FROM t")
	defer rows.Close() // want "before its error is checked"
	rows.Next()
}

func LiteralAbove(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: the literal asks first
	defer func() {
		if rows != nil {
			rows.Close()
		}
	}()
	if err != nil {
		return err
	}
	rows.Next()
	return nil
}

func NilTested(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t")
	if rows != nil {
		defer rows.Close() // ok: the value was tested
	}
	return err
}

func Forgiven(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t")
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	if err != nil {
		return err
	}
	defer rows.Close() // ok: the error was looked at, and Query never says that there are no rows
	rows.Next()
	return rows.Err()
}
