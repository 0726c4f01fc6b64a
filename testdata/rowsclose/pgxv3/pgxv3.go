// Package pgxv3: rows of the third version of pgx, which is another package.
package pgxv3

import (
	"context"

	"github.com/jackc/pgx"
)

// noexec: the harness has no pool of this version
func Leaks(pool *pgx.ConnPool) (bool, error) {
	rows, err := pool.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

// noexec: the harness has no pool of this version
func Closes(pool *pgx.ConnPool) (bool, error) {
	rows, err := pool.Query("SELECT id FROM t") // ok: deferred
	if err != nil {
		return false, err
	}
	defer rows.Close()
	return rows.Next(), nil
}

// noexec: the harness has no pool of this version
func ScanFails(pool *pgx.ConnPool) error {
	rows, err := pool.Query("SELECT id FROM t") // ok: Scan closes where it fails
	if err != nil {
		return err
	}
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return err
		}
	}
	return rows.Err()
}

// noexec: the harness has no pool of this version
func Found(pool *pgx.ConnPool, want int) (bool, error) {
	rows, err := pool.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return false, err
		}
		if id == want {
			return true, nil
		}
	}
	return false, rows.Err()
}

// noexec: the harness has no pool of this version
func FoundClosed(pool *pgx.ConnPool, want int) (bool, error) {
	rows, err := pool.Query("SELECT id FROM t") // ok: closed, twice where it is not found
	if err != nil {
		return false, err
	}
	defer rows.Close()
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return false, err
		}
		if values[0] == want {
			rows.Close()
			break
		}
	}
	return false, rows.Err()
}

// noexec: the harness has no pool of this version
func Deferred(ctx context.Context, pool *pgx.ConnPool) error {
	rows, err := pool.QueryEx(ctx, "SELECT id FROM t", nil) // ok: rows that come with an error are closed, and not nil
	defer rows.Close()
	if err != nil {
		return err
	}
	rows.Next()
	return nil
}

// A context that is cancelled does not end the rows.
//
// noexec: the harness has no pool of this version
func Cancelled(ctx context.Context, pool *pgx.ConnPool) (bool, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := pool.QueryEx(ctx, "SELECT id FROM t", nil) // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

// noexec: the harness has no connection of this version
func Conn(conn *pgx.Conn) (bool, error) {
	rows, err := conn.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

// noexec: the harness has no connection of this version
func ConnClosed(conn *pgx.Conn) (bool, error) {
	rows, err := conn.Query("SELECT id FROM t") // ok: deferred
	if err != nil {
		return false, err
	}
	defer rows.Close()
	return rows.Next(), nil
}

// noexec: the harness has no transaction of this version
func Tx(tx *pgx.Tx) error {
	rows, err := tx.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	rows.Next()
	_, err = tx.Exec("UPDATE t SET a = 1")
	return err
}

// noexec: the harness has no transaction of this version
func TxClosed(tx *pgx.Tx) error {
	rows, err := tx.Query("SELECT id FROM t") // ok: closed
	if err != nil {
		return err
	}
	rows.Next()
	rows.Close()
	_, err = tx.Exec("UPDATE t SET a = 1")
	return err
}

// noexec: the harness has no pool of this version
func Row(pool *pgx.ConnPool) (id int, err error) {
	err = pool.QueryRow("SELECT id FROM t").Scan(&id) // ok: scanned
	return id, err
}

// noexec: the harness has no pool of this version
func RowDropped(ctx context.Context, pool *pgx.ConnPool) {
	_ = pool.QueryRowEx(ctx, "SELECT id FROM t", nil) // want "row from"
}

// noexec: the harness has no pool of this version
func Batch(ctx context.Context, pool *pgx.ConnPool) error {
	batch := pool.BeginBatch() // want "batch results from .* not closed"
	batch.Queue("UPDATE t SET a = 1", nil, nil, nil)
	if err := batch.Send(ctx, nil); err != nil {
		return err
	}
	return batch.Close()
}

// noexec: the harness has no pool of this version
func BatchClosed(ctx context.Context, pool *pgx.ConnPool) error {
	batch := pool.BeginBatch() // ok: deferred
	defer batch.Close()
	batch.Queue("SELECT id FROM t", nil, nil, nil)
	if err := batch.Send(ctx, nil); err != nil {
		return err
	}
	rows, err := batch.QueryResults() // ok: the batch's
	if err != nil {
		return err
	}
	rows.Next()
	return nil
}

// noexec: the harness has no connection of this version
func ConnBatch(ctx context.Context, conn *pgx.Conn) error {
	batch := conn.BeginBatch() // ok: it takes no connection
	batch.Queue("UPDATE t SET a = 1", nil, nil, nil)
	if err := batch.Send(ctx, nil); err != nil {
		return err
	}
	return batch.Close()
}
