// Package crosspkg: rows given to a package of which nothing is known but the types.
package crosspkg

import (
	"context"
	"database/sql"

	"testdata.connlint.dev/specimens/rowserr/crosspkg/closer"
)

func Closed(ctx context.Context, db *sql.DB) (n int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "Err|iteration"
	if err != nil {
		return 0, err
	}
	defer closer.CloseAndLog(ctx, rows, "count") // an io.Closer has no Err
	for rows.Next() {
		n++
	}
	return n, nil
}

func ClosedAndAsked(ctx context.Context, db *sql.DB) (n int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: asked here
	if err != nil {
		return 0, err
	}
	defer closer.CloseAndLog(ctx, rows, "count")
	for rows.Next() {
		n++
	}
	return n, rows.Err()
}

// noexec: who is shown the rows could ask, and does not
func Shown(ctx context.Context, db *sql.DB) (n int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: it is not known what is done with them
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	closer.Show(rows)
	return n, nil
}

func Counted(ctx context.Context, db *sql.DB) (int, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "Err|iteration"
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	return closer.Count(rows), nil
}

func CountedAndAsked(ctx context.Context, db *sql.DB) (int, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: asked after all were read
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	n := closer.Count(rows)
	return n, rows.Err()
}
