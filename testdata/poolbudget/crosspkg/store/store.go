// Package store opens a pool for programs.
package store

import (
	"context"
	"database/sql"
)

type Store struct{ db *sql.DB }

// Open leaves the limit to Limit.
func Open(dsn string) (*Store, error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(30)
	return &Store{db: db}, nil
}

// OpenPool leaves the limit to its callers.
func OpenPool(dsn string) (*sql.DB, error) { return sql.Open("pgx", dsn) }

func (s *Store) Ping(ctx context.Context) error { return s.db.PingContext(ctx) }
