// Package discard: the rows of a query are thrown away.
package discard

import (
	"context"
	"database/sql"
)

func Blank(db *sql.DB) error {
	_, err := db.Query("UPDATE t SET a = 1") // want "Exec"
	return err
}

func BlankExec(db *sql.DB) error {
	_, err := db.Exec("UPDATE t SET a = 1") // ok: Exec holds nothing
	return err
}

func Statement(ctx context.Context, db *sql.DB) {
	db.QueryContext(ctx, "DELETE FROM t") // want "Exec"
}

func BothBlank(ctx context.Context, db *sql.DB) {
	_, _ = db.QueryContext(ctx, "DELETE FROM t") // want "Exec"
}

func IfInit(ctx context.Context, db *sql.DB) error {
	if _, err := db.QueryContext(ctx, "DELETE FROM t"); err != nil { // want "Exec"
		return err
	}
	return nil
}

func Select(ctx context.Context, db *sql.DB) bool {
	_, err := db.QueryContext(ctx, "SELECT id FROM t WHERE a = 1") // want "rows"
	return err == nil
}

func InTx(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	// noexec: the rows end with the transaction; until then some drivers refuse the next statement
	if _, err := tx.QueryContext(ctx, "DELETE FROM t"); err != nil { // want "Exec"
		return err
	}
	return tx.Commit()
}

func Stmt(ctx context.Context, stmt *sql.Stmt) error {
	_, err := stmt.QueryContext(ctx) // want "Exec"
	return err
}

func Deferred(db *sql.DB) {
	defer db.Query("SELECT release()") // want "rows|Exec"
}

func Chained(db *sql.DB) {
	if rows, err := db.Query("SELECT 1"); err == nil { // ok: closed at once
		rows.Close()
	}
}
