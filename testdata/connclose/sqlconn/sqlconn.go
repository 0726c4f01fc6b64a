// Package sqlconn: a *sql.Conn is out of the pool until it is closed.
package sqlconn

import (
	"context"
	"database/sql"
	"errors"
)

func Never(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx) // want "connection from .* not (closed|released)"
	if err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "UPDATE t SET a = 1")
	return err
}

func Deferred(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx) // ok: deferred
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.ExecContext(ctx, "UPDATE t SET a = 1")
	return err
}

func ErrorPath(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx) // want "connection from .* not (closed|released)"
	if err != nil {
		return err
	}
	if err := conn.PingContext(ctx); err != nil {
		return err
	}
	return conn.Close()
}

func ErrorPathClosed(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx) // ok: closed on both
	if err != nil {
		return err
	}
	if err := conn.PingContext(ctx); err != nil {
		return errors.Join(err, conn.Close())
	}
	return conn.Close()
}

// A context that is cancelled does not give a connection back.
func Cancelled(ctx context.Context, db *sql.DB) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	conn, err := db.Conn(ctx) // want "connection from .* not (closed|released)"
	if err != nil {
		return err
	}
	return conn.PingContext(ctx)
}

func Raw(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx) // want "connection from .* not (closed|released)"
	if err != nil {
		return err
	}
	return conn.Raw(func(any) error { return nil })
}

func RawClosed(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx) // ok: deferred
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(any) error { return nil })
}

func BeforeCheck(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	defer conn.Close() // want "before its error is checked"
	if err != nil {
		return err
	}
	return conn.PingContext(ctx)
}

func Discarded(ctx context.Context, db *sql.DB) error {
	_, err := db.Conn(ctx) // want "connection"
	return err
}

func Loop(ctx context.Context, db *sql.DB, n int) error {
	for range n {
		conn, err := db.Conn(ctx) // want "connection from"
		if err != nil {
			return err
		}
		defer conn.Close()
	}
	return nil
}

func LoopClosed(ctx context.Context, db *sql.DB, n int) error {
	for range n {
		conn, err := db.Conn(ctx) // ok: closed on each turn
		if err != nil {
			return err
		}
		conn.Close()
	}
	return nil
}

// noexec: no implementation
func Getter(ctx context.Context, on any) error {
	if holder, ok := on.(interface{ Conn() *sql.Conn }); ok {
		if conn := holder.Conn(); conn != nil { // ok: what cannot fail does not acquire
			return conn.PingContext(ctx)
		}
	}
	return nil
}
