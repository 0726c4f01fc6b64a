// Package loop: a loop over Next ends at the end of the result, or where the connection broke; only Err tells which.
package loop

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

func Never(ctx context.Context, db *sql.DB) ([]int, error) {
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

func Returned(ctx context.Context, db *sql.DB) ([]int, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: Err is returned
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
	return ids, rows.Err()
}

func Tested(ctx context.Context, db *sql.DB) ([]int, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: Err is tested
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
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("ids: %w", err)
	}
	return ids, nil
}

// Asked before the loop, Err knows nothing of it.
func OnlyBefore(ctx context.Context, db *sql.DB) (n int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "Err|iteration"
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	if err := rows.Err(); err != nil {
		return 0, err
	}
	for rows.Next() {
		n++
	}
	return n, nil
}

// Asked inside, it is asked of a row that was read well.
func OnlyInside(ctx context.Context, db *sql.DB) (n int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "Err|iteration"
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Err(); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// Close returns the error of closing, not of reading.
func OnlyClose(ctx context.Context, db *sql.DB) (n int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "Err|iteration"
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		n++
	}
	return n, rows.Close()
}

func OnePath(ctx context.Context, db *sql.DB, strict bool) (n int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "Err|iteration"
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	if strict {
		return n, rows.Err()
	}
	return n, nil
}

func BothPaths(ctx context.Context, db *sql.DB, strict bool) (n int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: asked on both
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	if strict {
		return n, rows.Err()
	}
	return n, errors.Join(rows.Err())
}

func EmptyMeansMissing(ctx context.Context, db *sql.DB) (id int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "Err|iteration"
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	if !rows.Next() {
		return 0, nil
	}
	err = rows.Scan(&id)
	return id, err
}

func EmptyChecked(ctx context.Context, db *sql.DB) (id int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: asked where there is no row
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	if !rows.Next() {
		return 0, rows.Err()
	}
	err = rows.Scan(&id)
	return id, err
}

func ErrorOverwritten(ctx context.Context, db *sql.DB) (n int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: asked
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		n++
	}
	err = rows.Err()
	if cerr := rows.Close(); err == nil {
		err = cerr
	}
	return n, err
}

func Break(ctx context.Context, db *sql.DB) (n int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: Err after the loop is about both ends
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		if n++; n > 10 {
			break
		}
	}
	return n, rows.Err()
}

func AlwaysBreaks(ctx context.Context, db *sql.DB) (found bool, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "Err|iteration"
	if err != nil {
		return false, err
	}
	defer rows.Close()
	for rows.Next() {
		found = true
		break
	}
	return found, nil
}

func SecondResultSet(ctx context.Context, db *sql.DB) (n int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT a FROM t; SELECT b FROM t") // ok: asked after the last
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for {
		for rows.Next() {
			n++
		}
		if !rows.NextResultSet() {
			break
		}
	}
	return n, rows.Err()
}

func SecondResultSetUnread(ctx context.Context, db *sql.DB) (n int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT a FROM t; SELECT b FROM t") // want "Err|iteration"
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	if rows.NextResultSet() {
		for rows.Next() {
			n++
		}
	}
	return n, nil
}
