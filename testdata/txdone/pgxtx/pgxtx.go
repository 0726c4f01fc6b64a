// Package pgxtx: transactions of pgx, of a pool and of a connection.
package pgxtx

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

func Leaks(ctx context.Context, pool *pgxpool.Pool) error {
	tx, err := pool.Begin(ctx) // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

func Ends(ctx context.Context, pool *pgxpool.Pool) error {
	tx, err := pool.Begin(ctx) // ok: deferred
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	if _, err := tx.Exec(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

func EndsLiteral(ctx context.Context, pool *pgxpool.Pool) error {
	tx, err := pool.BeginTx(ctx, pgx.TxOptions{}) // ok: the deferred literal rolls back
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	if _, err := tx.Exec(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// A context that is cancelled does not end a transaction of pgx.
func Cancelled(ctx context.Context, pool *pgxpool.Pool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	tx, err := pool.Begin(ctx) // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

func BeginFunc(ctx context.Context, pool *pgxpool.Pool) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE t SET a = 1") // ok: BeginFunc ends it
		return err
	})
}

func Savepoint(ctx context.Context, pool *pgxpool.Pool) error {
	tx, err := pool.Begin(ctx) // ok: deferred
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	inner, err := tx.Begin(ctx) // ok: a savepoint, which ends with the transaction
	if err != nil {
		return err
	}
	if _, err := inner.Exec(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

func OnReleasedConn(ctx context.Context, pool *pgxpool.Pool) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	tx, err := conn.Begin(ctx) // ok: Release destroys a connection in a transaction
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// A beginner is any of pool, conn and tx.
type beginner interface {
	Begin(ctx context.Context) (pgx.Tx, error)
}

func Interface(ctx context.Context, b beginner) error {
	tx, err := b.Begin(ctx) // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

func CommitDropped(ctx context.Context, pool *pgxpool.Pool) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	if _, err := tx.Exec(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	tx.Commit(ctx) // want "Commit"
	return nil
}

func Lent(ctx context.Context, pool *pgxpool.Pool) error {
	tx, err := pool.Begin(ctx) // ok: deferred
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	conn := tx.Conn() // ok: the transaction's
	if _, err := conn.Exec(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit(ctx)
}
