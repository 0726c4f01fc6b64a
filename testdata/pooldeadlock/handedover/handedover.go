// Package handedover: the pool is handed to a function that only the running program
// knows.
//
// noexec: what the pool is handed to is not here
package handedover

import (
	"context"
	"database/sql"
)

type Migration struct {
	Run   func(db *sql.DB) error
	RunTx func(tx *sql.Tx) error
}

type Locker interface {
	Lock(ctx context.Context, db *sql.DB) error
}

func Migrate(ctx context.Context, db *sql.DB, m Migration) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if m.Run != nil {
		if err := m.Run(db); err != nil { // want `the function, which is handed the pool, wants a second connection of the pool while the transaction tx holds one`
			return err
		}
	} else if err := m.RunTx(tx); err != nil { // ok: it is handed the transaction
		return err
	}
	return tx.Commit()
}

func Lock(ctx context.Context, db *sql.DB, l Locker) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return l.Lock(ctx, db) // want `handedover\.Locker\.Lock, which is handed the pool, wants a second`
}

// Made: a constructor keeps the pool and does not use it yet.
func Made(ctx context.Context, db *sql.DB, newStore func(db *sql.DB) (*Migration, error)) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	m, err := newStore(db) // ok: it makes something
	if err != nil {
		return err
	}
	if err := m.RunTx(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func Kill(db *sql.DB, id int) error {
	_, err := db.Exec("KILL ?", id)
	return err
}

func Count(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "SELECT count(*) FROM bill"); err != nil {
		return Kill(db, 1) // ok: that cannot be done on the connection itself
	}
	return nil
}
