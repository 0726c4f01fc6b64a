// Package lock: transactions and connections that are held as locks, while the work is
// done on others.
package lock

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"

	"testdata.connlint.dev/specimens/pooldeadlock/lock/store"
)

type migrator struct{ db *sql.DB }

func (m *migrator) run(ctx context.Context) error {
	_, err := m.db.ExecContext(ctx, "ALTER TABLE bill ADD COLUMN note text")
	return err
}

func (m *migrator) named(ctx context.Context, table string) error {
	tx, err := m.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	query := fmt.Sprintf("select /* migrator */ get_lock('%s', 0)", table)
	if _, err := tx.ExecContext(ctx, query); err != nil {
		return err
	}
	return m.run(ctx) // ok: the transaction is the lock
}

func (m *migrator) tables(ctx context.Context) error {
	tx, err := m.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "LOCK TABLE bill"); err != nil {
		return err
	}
	return m.run(ctx) // want `wants a second connection of the pool while the transaction tx holds one`
}

func (m *migrator) migrate(ctx context.Context) error {
	tx, err := m.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := store.LockIn(ctx, tx, 7); err != nil {
		return err
	}
	return m.run(ctx) // ok: a function of another package took the lock
}

func (m *migrator) session(ctx context.Context) error {
	lock, ok, err := store.TryLock(ctx, m.db, 7)
	if err != nil || !ok {
		return err
	}
	defer lock.Release()
	return m.run(ctx) // ok: the connection is the lock
}

// serial waits for its turn, and so may any number of its callers.
func serial(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock(1)"); err != nil {
		return err
	}
	return (&migrator{db: db}).run(ctx) // want `wants a second connection of the pool while the connection conn holds one`
}

// handle serves: those who wait for the lock hold the connections that its holder wants.
func (m *migrator) handle(w http.ResponseWriter, r *http.Request) {
	tx, err := m.db.BeginTx(r.Context(), nil)
	if err != nil {
		return
	}
	defer tx.Rollback()
	if err := store.LockIn(r.Context(), tx, 7); err != nil {
		return
	}
	m.run(r.Context()) // want `wants a second connection of the pool while the transaction tx holds one`
}
