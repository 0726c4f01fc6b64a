// Package keptlock: a connection in a field that outlasts the lock it was taken for.
package keptlock

import (
	"context"
	"database/sql"
)

// A Locker takes its connection when it is first needed and never gives it back.
type Locker struct {
	db   *sql.DB
	conn *sql.Conn
}

func (l *Locker) session(ctx context.Context) (*sql.Conn, error) {
	if l.conn != nil {
		return l.conn, nil
	}
	conn, err := l.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	l.conn = conn
	return conn, nil
}

// Lock takes the lock: the connection has to stay.
func (l *Locker) Lock(ctx context.Context) (ok bool, err error) {
	conn, err := l.session(ctx) // ok: the lock is the session's
	if err != nil {
		return false, err
	}
	err = conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock(7)").Scan(&ok)
	return ok, err
}

// Unlock gives the lock up, and not the connection.
func (l *Locker) Unlock(ctx context.Context) error {
	conn, err := l.session(ctx)
	if err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "SELECT pg_advisory_unlock(7)") // want "the advisory lock is released, its connection is not: it stays in the field conn"
	return err
}

// noexec: the connection stays in a field of a value that the caller keeps
func Exclusively(ctx context.Context, db *sql.DB, f func() error) error {
	l := &Locker{db: db}
	if _, err := l.Lock(ctx); err != nil {
		return err
	}
	if err := f(); err != nil {
		return err
	}
	return l.Unlock(ctx)
}

// A Closing one gives the connection back with the lock.
type Closing struct{ conn *sql.Conn }

func (c *Closing) Lock(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	c.conn = conn
	_, err = conn.ExecContext(ctx, "SELECT GET_LOCK('x', 10)")
	return err
}

func (c *Closing) Unlock(ctx context.Context) error {
	if _, err := c.conn.ExecContext(ctx, "SELECT RELEASE_LOCK('x')"); err != nil { // ok: closed below
		return err
	}
	return c.conn.Close()
}

// A Leader keeps the lock, and with it the connection, for as long as the process lives.
type Leader struct{ conn *sql.Conn }

func (l *Leader) Elect(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx) // ok: for good
	if err != nil {
		return err
	}
	l.conn = conn
	_, err = conn.ExecContext(ctx, "SELECT pg_advisory_lock(8)")
	return err
}

// A Shared one lets others see the connection: they may close it.
type Shared struct{ conn *sql.Conn }

// Conn returns it.
func (s *Shared) Conn() *sql.Conn { return s.conn }

func (s *Shared) Lock(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	s.conn = conn
	_, err = conn.ExecContext(ctx, "SELECT pg_advisory_lock(9)")
	return err
}

func (s *Shared) Unlock(ctx context.Context) error {
	_, err := s.conn.ExecContext(ctx, "SELECT pg_advisory_unlock(9)") // ok: whose the connection is, is unknown
	return err
}

// A Deferring one has its Close called by somebody else.
type Deferring struct{ conn *sql.Conn }

func (d *Deferring) Lock(ctx context.Context, db *sql.DB, later func(func() error)) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	d.conn = conn
	later(d.conn.Close)
	_, err = conn.ExecContext(ctx, "SELECT pg_advisory_lock(9)")
	return err
}

func (d *Deferring) Unlock(ctx context.Context) error {
	_, err := d.conn.ExecContext(ctx, "SELECT pg_advisory_unlock(9)") // ok: closed later
	return err
}
