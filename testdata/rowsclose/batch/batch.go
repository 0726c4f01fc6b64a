// Package batch: the results of a batch hold a connection until they are closed.
package batch

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

func queue() *pgx.Batch {
	b := new(pgx.Batch)
	b.Queue("UPDATE t SET a = 1")
	b.Queue("SELECT id FROM t")
	return b
}

func Leaks(ctx context.Context, pool *pgxpool.Pool) error {
	results := pool.SendBatch(ctx, queue()) // want "batch"
	_, err := results.Exec()
	return err
}

func Closes(ctx context.Context, pool *pgxpool.Pool) error {
	results := pool.SendBatch(ctx, queue()) // ok: deferred
	defer results.Close()
	_, err := results.Exec()
	return err
}

func CloseNested(ctx context.Context, pool *pgxpool.Pool) error {
	return pool.SendBatch(ctx, queue()).Close() // ok: closed at once
}

func Dropped(ctx context.Context, pool *pgxpool.Pool) {
	pool.SendBatch(ctx, queue()) // want "batch"
}

func ErrorPath(ctx context.Context, pool *pgxpool.Pool) error {
	results := pool.SendBatch(ctx, queue()) // want "batch"
	if _, err := results.Exec(); err != nil {
		return err
	}
	return results.Close()
}

func ErrorPathClosed(ctx context.Context, pool *pgxpool.Pool) error {
	results := pool.SendBatch(ctx, queue()) // ok: closed on both
	if _, err := results.Exec(); err != nil {
		results.Close()
		return err
	}
	return results.Close()
}

func Rows(ctx context.Context, pool *pgxpool.Pool) error {
	results := pool.SendBatch(ctx, queue()) // ok: deferred
	defer results.Close()
	rows, err := results.Query() // ok: ends with the batch
	if err != nil {
		return err
	}
	rows.Next()
	return nil
}

func InTx(ctx context.Context, pool *pgxpool.Pool) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	results := tx.SendBatch(ctx, queue()) // ok: ends with the transaction
	_, err = results.Exec()
	return err
}

// A context that is cancelled does not close the results of a batch.
func Cancelled(ctx context.Context, pool *pgxpool.Pool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := pool.SendBatch(ctx, queue()) // want "batch"
	_, err := results.Exec()
	return err
}
