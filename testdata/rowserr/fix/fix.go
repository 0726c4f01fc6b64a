// Package fix: the suggested fixes of rowserr.
package fix

import (
	"context"
	"database/sql"
)

func One(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "Err|iteration"
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}
	return nil
}

func Two(ctx context.Context, db *sql.DB) ([]int, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "Err|iteration"
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []int
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// No fix: there is no error to return.
//
// noexec: nobody can tell whether it was noticed
func None(ctx context.Context, db *sql.DB) (n int) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "Err|iteration"
	if err != nil {
		return 0
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	return n
}
