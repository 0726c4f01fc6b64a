// Package exhausted: rows that Next has read to the end hold nothing any more.
package exhausted

import (
	"context"
	"database/sql"
)

func ReadToTheEnd(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM bill")
	if err != nil {
		return err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		n++
	}
	if err := rows.Err(); err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil) // ok: the deferred Close has nothing left to do
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "UPDATE total SET n = $1", n); err != nil {
		return err
	}
	return tx.Commit()
}

func ScannedRow(ctx context.Context, db *sql.DB) (name string, err error) {
	var id int
	if err := db.QueryRowContext(ctx, "SELECT max(id) FROM bill").Scan(&id); err != nil {
		return "", err
	}
	err = db.QueryRowContext(ctx, "SELECT name FROM bill WHERE id = $1", id).Scan(&name) // ok: Scan has released the first row
	return name, err
}
