// Package pgxrows: rows of pgx. An error comes with closed rows, and a Scan that fails closes them.
package pgxrows

import (
	"context"

	"github.com/jackc/pgx/v5"
)

func Leaks(ctx context.Context, conn *pgx.Conn) (bool, error) {
	rows, err := conn.Query(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func Closes(ctx context.Context, conn *pgx.Conn) (bool, error) {
	rows, err := conn.Query(ctx, "SELECT id FROM t") // ok: deferred
	if err != nil {
		return false, err
	}
	defer rows.Close()
	return rows.Next(), nil
}

func DeferAboveCheck(ctx context.Context, conn *pgx.Conn) (bool, error) {
	rows, err := conn.Query(ctx, "SELECT id FROM t")
	defer rows.Close() // ok: the rows are not nil where there is an error
	if err != nil {
		return false, err
	}
	return rows.Next(), rows.Err()
}

func ErrorIgnored(ctx context.Context, conn *pgx.Conn) error {
	rows, _ := conn.Query(ctx, "SELECT id FROM t") // ok: the error is in the rows as well
	defer rows.Close()
	for rows.Next() {
	}
	return rows.Err()
}

func ScanFails(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, "SELECT id FROM t") // ok: Scan closes where it fails, Next at the end
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

func ValuesFail(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, "SELECT id FROM t") // ok: Values closes where it fails, Next at the end
	if err != nil {
		return err
	}
	for rows.Next() {
		if _, err := rows.Values(); err != nil {
			return err
		}
	}
	return rows.Err()
}

func OtherErrorInLoop(ctx context.Context, conn *pgx.Conn, use func(int) error) error {
	rows, err := conn.Query(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return err
		}
		if err := use(id); err != nil {
			return err
		}
	}
	return rows.Err()
}

func CollectRows(ctx context.Context, conn *pgx.Conn) ([]int, error) {
	rows, err := conn.Query(ctx, "SELECT id FROM t") // ok: CollectRows closes
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int])
}

func CollectRowsUnchecked(ctx context.Context, conn *pgx.Conn) ([]int, error) {
	rows, _ := conn.Query(ctx, "SELECT id FROM t") // ok: CollectRows returns the error that the rows carry
	return pgx.CollectRows(rows, pgx.RowTo[int])
}

func CollectOneRow(ctx context.Context, conn *pgx.Conn) (int, error) {
	rows, _ := conn.Query(ctx, "SELECT id FROM t") // ok: CollectOneRow closes
	return pgx.CollectOneRow(rows, pgx.RowTo[int])
}

func ForEachRow(ctx context.Context, conn *pgx.Conn) (n int, err error) {
	rows, _ := conn.Query(ctx, "SELECT id FROM t") // ok: ForEachRow closes
	var id int
	_, err = pgx.ForEachRow(rows, []any{&id}, func() error {
		n += id
		return nil
	})
	return n, err
}

func AppendRows(ctx context.Context, conn *pgx.Conn, ids []int) ([]int, error) {
	rows, _ := conn.Query(ctx, "SELECT id FROM t") // ok: AppendRows closes
	return pgx.AppendRows(ids, rows, pgx.RowTo[int])
}

// RowTo reads one row, CollectRows all of them.
func RowToOnly(ctx context.Context, conn *pgx.Conn) (int, error) {
	rows, err := conn.Query(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return 0, err
	}
	if !rows.Next() {
		return 0, rows.Err()
	}
	return pgx.RowTo[int](rows)
}

func Discarded(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Query(ctx, "UPDATE t SET a = 1") // want "Exec"
	return err
}

func DiscardedExec(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "UPDATE t SET a = 1") // ok: Exec holds nothing
	return err
}

func RowDropped(ctx context.Context, conn *pgx.Conn) {
	conn.QueryRow(ctx, "UPDATE t SET a = 1 RETURNING id") // want "row from"
}

func RowScanned(ctx context.Context, conn *pgx.Conn) (id int, err error) {
	err = conn.QueryRow(ctx, "SELECT id FROM t").Scan(&id) // ok: scanned
	return id, err
}

// A context that is cancelled does not close the rows of pgx.
func Cancelled(ctx context.Context, conn *pgx.Conn) (bool, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := conn.Query(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

// A querier is any of conn, pool and tx.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func Interface(ctx context.Context, q querier) (bool, error) {
	rows, err := q.Query(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func InterfaceClosed(ctx context.Context, q querier) (bool, error) {
	rows, err := q.Query(ctx, "SELECT id FROM t") // ok: deferred
	if err != nil {
		return false, err
	}
	defer rows.Close()
	return rows.Next(), nil
}

func InTx(ctx context.Context, conn *pgx.Conn) (bool, error) {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return false, err
	}
	defer tx.Rollback(ctx)
	rows, err := tx.Query(ctx, "SELECT id FROM t") // ok: ends with the transaction
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func OneConn(ctx context.Context, dsn string) (bool, error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return false, err
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, "SELECT id FROM t") // ok: ends with the connection
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}
