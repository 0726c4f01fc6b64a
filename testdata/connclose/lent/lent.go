// Package lent: a connection that an interface method is given.
package lent

import (
	"context"
	"database/sql"
)

// An Engine runs on a connection, or keeps it.
type Engine interface {
	Execute(ctx context.Context, conn *sql.Conn, query string) (int64, error)
	Register(ctx context.Context, conn *sql.Conn) error
	Session(ctx context.Context, conn *sql.Conn) (Session, error)
}

// A Session has a connection.
type Session interface{ Close() error }

type engine struct{ kept []*sql.Conn }

func (*engine) Execute(ctx context.Context, conn *sql.Conn, query string) (int64, error) {
	res, err := conn.ExecContext(ctx, query)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (e *engine) Register(_ context.Context, conn *sql.Conn) error {
	e.kept = append(e.kept, conn)
	return nil
}

func (*engine) Session(_ context.Context, conn *sql.Conn) (Session, error) { return conn, nil }

func execute(ctx context.Context, db *sql.DB, e Engine) (int64, error) {
	conn, err := db.Conn(ctx) // want "connection from .* not closed"
	if err != nil {
		return 0, err
	}
	return e.Execute(ctx, conn, "UPDATE t SET a = 1")
}

func executeCloses(ctx context.Context, db *sql.DB, e Engine) (int64, error) {
	conn, err := db.Conn(ctx) // ok: deferred
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	return e.Execute(ctx, conn, "UPDATE t SET a = 1")
}

func register(ctx context.Context, db *sql.DB, e Engine) error {
	conn, err := db.Conn(ctx) // ok: it says that it keeps it
	if err != nil {
		return err
	}
	return e.Register(ctx, conn)
}

func session(ctx context.Context, db *sql.DB, e Engine) (Session, error) {
	conn, err := db.Conn(ctx) // ok: it may be in the session
	if err != nil {
		return nil, err
	}
	return e.Session(ctx, conn)
}

// noexec: execute leaks, not its caller
func Executed(ctx context.Context, db *sql.DB) (int64, error) { return execute(ctx, db, &engine{}) }

func ExecutedAndClosed(ctx context.Context, db *sql.DB) (int64, error) {
	return executeCloses(ctx, db, &engine{})
}

// noexec: the engine keeps it
func Registered(ctx context.Context, db *sql.DB) error { return register(ctx, db, &engine{}) }

func InSession(ctx context.Context, db *sql.DB) error {
	s, err := session(ctx, db, &engine{})
	if err != nil {
		return err
	}
	return s.Close()
}
