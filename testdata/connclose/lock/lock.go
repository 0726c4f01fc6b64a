// Package lock: a connection that is kept for as long as a lock.
package lock

import (
	"context"
	"database/sql"
)

// A Lock holds the connection that took it.
type Lock struct{ conn *sql.Conn }

// Unlock gives the connection back.
func (l *Lock) Unlock(ctx context.Context) error {
	defer l.conn.Close()
	_, err := l.conn.ExecContext(ctx, "SELECT unlock()")
	return err
}

func acquire(ctx context.Context, db *sql.DB) (*Lock, error) {
	conn, err := db.Conn(ctx) // ok: the lock's, or closed
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, "SELECT lock()"); err != nil {
		conn.Close()
		return nil, err
	}
	return &Lock{conn}, nil
}

func acquireLeaks(ctx context.Context, db *sql.DB) (*Lock, error) {
	conn, err := db.Conn(ctx) // want "connection from .* not (closed|released)"
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, "SELECT lock()"); err != nil {
		return nil, err
	}
	return &Lock{conn}, nil
}

// noexec: acquireLeaks leaks, not its caller
func Leaks(ctx context.Context, db *sql.DB) error {
	l, err := acquireLeaks(ctx, db) // ok: unlocked
	if err != nil {
		return err
	}
	return l.Unlock(ctx)
}

func Held(ctx context.Context, db *sql.DB, skip bool) error {
	l, err := acquire(ctx, db) // want "not (closed|released|unlocked)"
	if err != nil {
		return err
	}
	if skip {
		return nil
	}
	return l.Unlock(ctx)
}

func Unlocked(ctx context.Context, db *sql.DB, skip bool) error {
	l, err := acquire(ctx, db) // ok: unlocked on each way out
	if err != nil {
		return err
	}
	defer l.Unlock(ctx)
	if skip {
		return nil
	}
	return nil
}

// Closure returns a function that owns the connection.
func Closure(ctx context.Context, db *sql.DB) (unlock func() error, err error) {
	conn, err := db.Conn(ctx) // ok: the function that is returned closes it
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, "SELECT lock()"); err != nil {
		conn.Close()
		return nil, err
	}
	return func() error {
		defer conn.Close()
		_, err := conn.ExecContext(ctx, "SELECT unlock()")
		return err
	}, nil
}

// An opener is a *sql.DB.
type opener interface {
	Conn(ctx context.Context) (*sql.Conn, error)
}

func fromInterface(ctx context.Context, o opener) (interface{ Close() error }, error) {
	return o.Conn(ctx) // ok: the caller's
}

func Interface(ctx context.Context, db *sql.DB) error {
	c, err := fromInterface(ctx, db) // ok: closed
	if err != nil {
		return err
	}
	return c.Close()
}
