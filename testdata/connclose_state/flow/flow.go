// Package flow: the statement and what takes it back stand in helpers, literals and deferred calls.
package flow

import (
	"context"
	"database/sql"
	"fmt"
)

func Helper(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return prepare(ctx, conn)
}

func prepare(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "SET statement_timeout = 0") // want "statement_timeout is set on conn"
	return err
}

func HelperResets(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer clean(ctx, conn)
	_, err = conn.ExecContext(ctx, "SET statement_timeout = 0") // ok: the helper resets it
	return err
}

type executor interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func clean(ctx context.Context, conn executor) {
	conn.ExecContext(ctx, "DISCARD ALL")
}

func Literal(ctx context.Context, db *sql.DB, name string) (err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() {
		conn.ExecContext(ctx, "SELECT RELEASE_LOCK(?)", name)
		conn.Close()
	}()
	_, err = conn.ExecContext(ctx, "SELECT GET_LOCK(?, 10)", name) // ok: released
	return err
}

// Whoever gets the connection also gets what was set on it.
func Returned(ctx context.Context, db *sql.DB) (*sql.Conn, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, "SET search_path = private"); err != nil { // ok: the caller's
		conn.Close()
		return nil, err
	}
	return conn, nil
}

func SetBack(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "PRAGMA foreign_keys = off"); err != nil { // ok: switched on again
		return err
	}
	_, err = conn.ExecContext(ctx, "PRAGMA foreign_keys = on")
	return err
}

func Restored(ctx context.Context, db *sql.DB, mine, old string) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, fmt.Sprintf("SET search_path = %s", mine)); err != nil { // ok: set to what it was
		return err
	}
	_, err = conn.ExecContext(ctx, fmt.Sprintf("SET search_path = %s", old))
	return err
}

func Built(ctx context.Context, db *sql.DB, schema string) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	query := fmt.Sprintf("SET search_path = %s", schema)
	_, err = conn.ExecContext(ctx, query) // want "search_path is set on conn"
	return err
}

// The driver closes the connection: it does not go back.
func Ended(ctx context.Context, db *sql.DB, end func(any) error) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer conn.Raw(end)
	_, err = conn.ExecContext(ctx, "SET search_path = private") // ok: the callback decides
	return err
}
