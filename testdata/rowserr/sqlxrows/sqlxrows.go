// Package sqlxrows: rows of sqlx.
package sqlxrows

import (
	"context"

	"github.com/jmoiron/sqlx"
)

type user struct {
	ID int `db:"id"`
}

func Unchecked(ctx context.Context, db *sqlx.DB) (out []user, err error) {
	rows, err := db.QueryxContext(ctx, "SELECT id FROM t") // want "Err|iteration"
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var u user
		if err := rows.StructScan(&u); err != nil {
			return nil, err
		}
		out = append(out, u)
	}
	return out, nil
}

func Checked(ctx context.Context, db *sqlx.DB) (out []user, err error) {
	rows, err := db.QueryxContext(ctx, "SELECT id FROM t") // ok: asked
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var u user
		if err := rows.StructScan(&u); err != nil {
			return nil, err
		}
		out = append(out, u)
	}
	return out, rows.Err()
}

func StructScan(ctx context.Context, db *sqlx.DB) (out []user, err error) {
	rows, err := db.QueryxContext(ctx, "SELECT id FROM t") // ok: StructScan reads to the end and asks
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	err = sqlx.StructScan(rows, &out)
	return out, err
}

func Select(ctx context.Context, db *sqlx.DB) (out []user, err error) {
	err = db.SelectContext(ctx, &out, "SELECT id FROM t") // ok: Select asks
	return out, err
}
