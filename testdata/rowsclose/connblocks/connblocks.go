// Package connblocks: Close of a *sql.Conn waits for the rows that are open on it.
package connblocks

import (
	"context"
	"database/sql"
)

func Hangs(ctx context.Context, db *sql.DB) (bool, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	rows, err := conn.QueryContext(ctx, "SELECT id FROM t") // want "rows from .*"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func Closed(ctx context.Context, db *sql.DB) (bool, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	rows, err := conn.QueryContext(ctx, "SELECT id FROM t") // ok: closed before the connection
	if err != nil {
		return false, err
	}
	defer rows.Close()
	return rows.Next(), nil
}

func WrongOrder(ctx context.Context, db *sql.DB) (bool, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return false, err
	}
	rows, err := conn.QueryContext(ctx, "SELECT id FROM t") // want "rows from .*"
	if err != nil {
		conn.Close()
		return false, err
	}
	defer rows.Close()
	defer conn.Close()
	return rows.Next(), nil
}

func RowHangs(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.QueryRowContext(ctx, "SELECT id FROM t").Err() // want "row from .*"
}

func Cancelled(ctx context.Context, db *sql.DB) (bool, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := conn.QueryContext(ctx, "SELECT id FROM t") // ok: cancel runs before Close and ends the rows
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func LiteralWrongOrder(ctx context.Context, db *sql.DB) (bool, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return false, err
	}
	rows, err := conn.QueryContext(ctx, "SELECT id FROM t") // want "when its connection is closed"
	if err != nil {
		conn.Close()
		return false, err
	}
	defer rows.Close()
	defer func() { conn.Close() }()
	return rows.Next(), nil
}

func closeConn(conn *sql.Conn) { conn.Close() }

func HelperWrongOrder(ctx context.Context, db *sql.DB) (bool, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer closeConn(conn)
	rows, err := conn.QueryContext(ctx, "SELECT id FROM t") // want "when its connection is closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func HelperRightOrder(ctx context.Context, db *sql.DB) (bool, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer closeConn(conn)
	rows, err := conn.QueryContext(ctx, "SELECT id FROM t") // ok: closed before the connection
	if err != nil {
		return false, err
	}
	defer func() { rows.Close() }()
	return rows.Next(), nil
}
