// Package smallpool: the limit of the pool is known.
//
// noexec: it opens its pool by the name of a real driver
package smallpool

import (
	"context"
	"database/sql"
)

var db = open()

func open() *sql.DB {
	db, err := sql.Open("pgx", "postgres://db/shop")
	if err != nil {
		panic(err)
	}
	return db
}

func init() { db.SetMaxOpenConns(1) }

func One(ctx context.Context, name string) error {
	pool, err := sql.Open("sqlite", name)
	if err != nil {
		return err
	}
	defer pool.Close()
	pool.SetMaxOpenConns(1)
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := pool.ExecContext(ctx, "UPDATE total SET n = 1"); err != nil { // want `it is the only one, the call waits for ever`
		return err
	}
	return tx.Commit()
}

func Variable(ctx context.Context) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := db.ExecContext(ctx, "UPDATE total SET n = 1"); err != nil { // want `ExecContext wants a second`
		return err
	}
	return tx.Commit()
}
