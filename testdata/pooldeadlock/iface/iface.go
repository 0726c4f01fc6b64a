// Package iface: pools behind interfaces.
package iface

import (
	"context"
	"database/sql"
)

// A Conn begins transactions, and ends none: it is a pool.
type Conn interface {
	BeginTx(ctx context.Context, opts *sql.TxOptions) (*sql.Tx, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// A Querier may be a transaction.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// A Tx is one that begins others inside itself.
type Tx interface {
	Conn
	Commit() error
	Rollback() error
}

func overConn(ctx context.Context, conn Conn) error {
	rows, err := conn.QueryContext(ctx, "SELECT id FROM bill")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return err
		}
		if _, err := conn.ExecContext(ctx, "UPDATE bill SET seen = true WHERE id = $1", id); err != nil { // want `wants a second connection of the pool while the result set rows holds one`
			return err
		}
	}
	return rows.Err()
}

func overQuerier(ctx context.Context, q Querier) error {
	rows, err := q.QueryContext(ctx, "SELECT id FROM bill")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return err
		}
		if _, err := q.ExecContext(ctx, "UPDATE bill SET seen = true WHERE id = $1", id); err != nil { // ok: it may be one connection
			return err
		}
	}
	return rows.Err()
}

func overTx(ctx context.Context, tx Tx) error {
	rows, err := tx.QueryContext(ctx, "SELECT id FROM bill")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE bill SET seen = true WHERE id = $1", id); err != nil { // ok: it has its connection
			return err
		}
	}
	return rows.Err()
}

// A Copier copies on the transaction it is given.
type Copier interface {
	Conn
	ExecIn(ctx context.Context, tx *sql.Tx, query string) error
	Exec(tx *sql.Tx, query string) (sql.Result, error)
}

func inTransaction(ctx context.Context, conn Copier) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	do := func(query string) error {
		_, err := conn.Exec(tx, query) // ok: on the transaction
		return err
	}
	if err := do("DELETE FROM bill"); err != nil { // ok: the literal has the transaction
		return err
	}
	return tx.Commit()
}
