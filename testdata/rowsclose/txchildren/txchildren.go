// Package txchildren: rows of a transaction end with it.
package txchildren

import (
	"context"
	"database/sql"
)

func Rows(ctx context.Context, db *sql.DB) (bool, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer tx.Rollback()
	rows, err := tx.QueryContext(ctx, "SELECT id FROM t") // ok: Rollback closes them
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func Commit(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, "SELECT id FROM t") // ok: ends with the transaction
	if err != nil {
		tx.Rollback()
		return err
	}
	rows.Next()
	return tx.Commit()
}

func Row(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return tx.QueryRowContext(ctx, "SELECT id FROM t").Err() // ok: ends with the transaction
}

// The transaction is the caller's and lives on: the rows keep its connection busy.
func Borrowed(ctx context.Context, tx *sql.Tx) (bool, error) {
	rows, err := tx.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func BorrowedClosed(ctx context.Context, tx *sql.Tx) (bool, error) {
	rows, err := tx.QueryContext(ctx, "SELECT id FROM t") // ok: closed
	if err != nil {
		return false, err
	}
	defer rows.Close()
	return rows.Next(), nil
}

func FromPool(ctx context.Context, db *sql.DB) (bool, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer tx.Rollback()
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

// noexec: what it costs, the next query of the transaction pays
func Discarded(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.QueryContext(ctx, "UPDATE t SET a = 1"); err != nil { // want "thrown away: it stays open until the transaction ends"
		return err
	}
	return tx.Commit()
}

func OfStatement(ctx context.Context, db *sql.DB) (bool, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer tx.Rollback()
	st, err := tx.PrepareContext(ctx, "SELECT id FROM t")
	if err != nil {
		return false, err
	}
	rows, err := st.QueryContext(ctx) // ok: a statement of the transaction, which closes them
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func OfItsStatement(ctx context.Context, db *sql.DB) (bool, error) {
	st, err := db.PrepareContext(ctx, "SELECT id FROM t")
	if err != nil {
		return false, err
	}
	defer st.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer tx.Rollback()
	rows, err := tx.StmtContext(ctx, st).QueryContext(ctx) // ok: the transaction closes them
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}
