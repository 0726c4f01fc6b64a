// Package pgxpool: connections of pgx.
package pgxpool

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

func Listen(ctx context.Context, pool *pgxpool.Pool) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "LISTEN jobs"); err != nil { // want "channel jobs is listened to on conn and not taken back with UNLISTEN"
		return err
	}
	_, err = conn.Conn().WaitForNotification(ctx)
	return err
}

func ListenUnlisten(ctx context.Context, pool *pgxpool.Pool) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	defer conn.Exec(ctx, "UNLISTEN *")
	if _, err := conn.Exec(ctx, "LISTEN jobs"); err != nil { // ok: taken back
		return err
	}
	_, err = conn.Conn().WaitForNotification(ctx)
	return err
}

func Hijacked(ctx context.Context, pool *pgxpool.Pool) error {
	taken, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	if _, err := taken.Exec(ctx, "LISTEN jobs"); err != nil { // ok: does not go back
		taken.Release()
		return err
	}
	conn := taken.Hijack()
	defer conn.Close(ctx)
	_, err = conn.WaitForNotification(ctx)
	return err
}

func Closed(ctx context.Context, pool *pgxpool.Pool) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	defer conn.Conn().Close(ctx)
	_, err = conn.Exec(ctx, "SET search_path = private") // ok: a closed connection is thrown away
	return err
}

func Own(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "SET search_path = private") // ok: of no pool
	return err
}

func Callback(ctx context.Context, pool *pgxpool.Pool) error {
	return pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		_, err := conn.Exec(ctx, "SELECT set_config('app.user', $1, false)", "me") // want "app.user is set on conn"
		return err
	})
}

func InTx(ctx context.Context, pool *pgxpool.Pool) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "SELECT set_config('app.user', $1, true)", "me") // ok: ends with the transaction
		return err
	})
}

func InTxForEver(ctx context.Context, pool *pgxpool.Pool) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "SET timezone TO 'UTC'") // want "timezone is set on tx"
		return err
	})
}

func LockOnPool(ctx context.Context, pool *pgxpool.Pool) error {
	var got bool
	if err := pool.QueryRow(ctx, "SELECT pg_try_advisory_lock(1)").Scan(&got); err != nil { // want "advisory lock is taken on one connection of the pool"
		return err
	}
	_, err := pool.Exec(ctx, "SELECT pg_advisory_unlock(1)") // ok: the report is where it is taken
	return err
}

func InOneText(ctx context.Context, pool *pgxpool.Pool) error {
	_, err := pool.Exec(ctx, "SET row_security = off; TRUNCATE jobs; RESET row_security") // ok: one connection runs all of it
	return err
}
