// Package phis: values that meet, each with its error.
package phis

import (
	"context"
	"database/sql"
	"errors"
)

func FallBack(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT a FROM t") // ok: where it failed there is another
	if err != nil {
		rows, err = db.QueryContext(ctx, "SELECT b FROM t") // ok: the same defer
		if err != nil {
			return err
		}
	}
	defer rows.Close()
	rows.Next()
	return nil
}

func FallBackLeaks(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT a FROM t") // want "rows from .* not closed"
	if err == nil && !rows.Next() {
		rows, err = db.QueryContext(ctx, "SELECT b FROM t") // want "rows from .* not closed"
	}
	if err != nil {
		return err
	}
	rows.Next()
	return nil
}

func RetryOnce(ctx context.Context, db *sql.DB) error {
	var rows *sql.Rows
	var err error
	for try := 0; try < 2; try++ {
		rows, err = db.QueryContext(ctx, "SELECT id FROM t") // ok: it goes on only where that failed
		if err == nil || !errors.Is(err, sql.ErrConnDone) {
			break
		}
	}
	if err != nil {
		return err
	}
	return rows.Close()
}

// The error that is tested belongs to the last try, the rows may be of the first.
func KeepsFirst(ctx context.Context, db *sql.DB) error {
	var first *sql.Rows
	var err error
	for range 2 {
		var rows *sql.Rows
		rows, err = db.QueryContext(ctx, "SELECT id FROM t") // want "rows from"
		if err == nil && first == nil {
			first = rows
		}
	}
	if err != nil {
		return err
	}
	return first.Close()
}

func TwoErrors(ctx context.Context, db *sql.DB) error {
	a, aerr := db.QueryContext(ctx, "SELECT a FROM t") // want "rows from .* not closed"
	b, berr := db.QueryContext(ctx, "SELECT b FROM t") // want "rows from .* not closed"
	if aerr != nil || berr != nil {
		return errors.Join(aerr, berr)
	}
	a.Close()
	b.Close()
	return nil
}

func TwoErrorsClosed(ctx context.Context, db *sql.DB) error {
	a, aerr := db.QueryContext(ctx, "SELECT a FROM t") // ok: closed where there are any
	b, berr := db.QueryContext(ctx, "SELECT b FROM t") // ok: closed where there are any
	if aerr == nil {
		defer a.Close()
	}
	if berr == nil {
		defer b.Close()
	}
	return errors.Join(aerr, berr)
}

func Joined(ctx context.Context, db *sql.DB, prior error) error {
	// noexec: the prior error is the caller's
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err = errors.Join(prior, err); err != nil {
		return err
	}
	return rows.Close()
}

func Conditional(ctx context.Context, db *sql.DB, tx *sql.Tx, inTx bool) error {
	query := db.QueryContext
	if inTx {
		query = tx.QueryContext
	}
	rows, err := query(ctx, "SELECT id FROM t") // ok: closed
	if err != nil {
		return err
	}
	defer rows.Close()
	rows.Next()
	return nil
}
