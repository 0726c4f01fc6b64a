// Package function: the limits are set by who called the function that opens.
package function

import (
	"database/sql"
	"os"
	"time"
)

type store struct{ db *sql.DB }

func open(dsn string) (*sql.DB, error) {
	return sql.Open("pgx", dsn) // ok: its only caller sets them
}

func newStore() (*store, error) {
	db, err := open(os.Getenv("DSN"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(5)
	db.SetConnMaxLifetime(time.Hour)
	return &store{db}, nil
}

func dial(dsn string) (*sql.DB, error) {
	return sql.Open("pgx", dsn) // want `the pool from sql.Open has no SetMaxOpenConns and no SetConnMaxLifetime`
}

func newOther() (*store, error) {
	db, err := dial(os.Getenv("DSN"))
	if err != nil {
		return nil, err
	}
	return &store{db}, nil
}
