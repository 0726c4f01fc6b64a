// Package fix: the suggested fixes of rowsclose.
package fix

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5/pgxpool"
)

func Defer(ctx context.Context, db *sql.DB) (bool, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func DeferInit(db *sql.DB) (ids []int, err error) {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

func Exec(ctx context.Context, db *sql.DB) error {
	_, err := db.QueryContext(ctx, "UPDATE t SET a = 1") // want "Exec"
	return err
}

func ExecOld(db *sql.DB) error {
	if _, err := db.Query("DELETE FROM t"); err != nil { // want "Exec"
		return err
	}
	return nil
}

func Pool(ctx context.Context, pool *pgxpool.Pool) (bool, error) {
	rows, err := pool.Query(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

// No fix: a defer in the loop would keep the rows until the function returns.
func Loop(db *sql.DB) error {
	for range 3 {
		rows, err := db.Query("SELECT id FROM t") // want "rows from"
		if err != nil {
			return err
		}
		rows.Next()
	}
	return nil
}

// No fix: the rows are the caller's on one path.
func Returned(db *sql.DB, keep bool) (*sql.Rows, error) {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return nil, err
	}
	if keep {
		return rows, nil
	}
	return nil, nil
}
