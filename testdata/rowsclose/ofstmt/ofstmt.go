// Package ofstmt: rows of a prepared statement hold a connection as other rows do; closing the statement does not end them.
package ofstmt

import (
	"context"
	"database/sql"
)

func Leaks(ctx context.Context, db *sql.DB) (bool, error) {
	stmt, err := db.PrepareContext(ctx, "SELECT id FROM t")
	if err != nil {
		return false, err
	}
	defer stmt.Close()
	rows, err := stmt.QueryContext(ctx) // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func Closed(ctx context.Context, db *sql.DB) (bool, error) {
	stmt, err := db.PrepareContext(ctx, "SELECT id FROM t")
	if err != nil {
		return false, err
	}
	defer stmt.Close()
	rows, err := stmt.QueryContext(ctx) // ok: closed
	if err != nil {
		return false, err
	}
	defer rows.Close()
	return rows.Next(), nil
}
