// Package pgxpoolconn: what Acquire hands out has to be released, or hijacked.
package pgxpoolconn

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

func Never(ctx context.Context, pool *pgxpool.Pool) error {
	conn, err := pool.Acquire(ctx) // want "connection from .* not (closed|released)"
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "UPDATE t SET a = 1")
	return err
}

func Released(ctx context.Context, pool *pgxpool.Pool) error {
	conn, err := pool.Acquire(ctx) // ok: deferred
	if err != nil {
		return err
	}
	defer conn.Release()
	_, err = conn.Exec(ctx, "UPDATE t SET a = 1")
	return err
}

// Closing the connection inside does not give the slot back.
func InnerClosed(ctx context.Context, pool *pgxpool.Pool) error {
	conn, err := pool.Acquire(ctx) // want "connection from .* not (closed|released)"
	if err != nil {
		return err
	}
	return conn.Conn().Close(ctx)
}

func InnerUsed(ctx context.Context, pool *pgxpool.Pool) error {
	conn, err := pool.Acquire(ctx) // ok: deferred; Conn() lends what is inside
	if err != nil {
		return err
	}
	defer conn.Release()
	inner := conn.Conn() // ok: borrowed
	return inner.Ping(ctx)
}

func Hijacked(ctx context.Context, pool *pgxpool.Pool) error {
	conn, err := pool.Acquire(ctx) // ok: hijacked, and closed below
	if err != nil {
		return err
	}
	own := conn.Hijack() // ok: closed
	return own.Close(ctx)
}

func HijackedLeaks(ctx context.Context, pool *pgxpool.Pool) error {
	conn, err := pool.Acquire(ctx) // ok: hijacked
	if err != nil {
		return err
	}
	own := conn.Hijack() // want "connection from .* not (closed|released)"
	return own.Ping(ctx)
}

func Cancelled(ctx context.Context, pool *pgxpool.Pool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	conn, err := pool.Acquire(ctx) // want "connection from .* not (closed|released)"
	if err != nil {
		return err
	}
	return conn.Ping(ctx)
}

func Func(ctx context.Context, pool *pgxpool.Pool) error {
	return pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		return conn.Ping(ctx) // ok: AcquireFunc releases
	})
}

func ErrorPath(ctx context.Context, pool *pgxpool.Pool) error {
	conn, err := pool.Acquire(ctx) // want "connection from .* not (closed|released)"
	if err != nil {
		return err
	}
	if err := conn.Ping(ctx); err != nil {
		return err
	}
	conn.Release()
	return nil
}

func BeforeCheck(ctx context.Context, pool *pgxpool.Pool) error {
	conn, err := pool.Acquire(ctx)
	defer conn.Release() // want "before its error is checked"
	if err != nil {
		return err
	}
	return conn.Ping(ctx)
}

func Connect(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn) // want "connection from .* not (closed|released)"
	if err != nil {
		return err
	}
	return conn.Ping(ctx)
}

func ConnectClosed(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn) // ok: deferred
	if err != nil {
		return err
	}
	defer conn.Close(context.Background())
	return conn.Ping(ctx)
}

// A listener replaces its connection after it has released the old one.
type listener struct {
	pool *pgxpool.Pool
	conn *pgxpool.Conn
}

func (l *listener) Close() { l.conn.Release() }

func (l *listener) reconnect(ctx context.Context) error {
	conn, err := l.pool.Acquire(ctx) // ok: the listener's
	if err != nil {
		return err
	}
	l.conn.Release()
	l.conn = conn
	return conn.Ping(ctx)
}
