// Package store queries with and without its callers' contexts.
package store

import (
	"context"
	"database/sql"
)

// Store keeps a pool.
type Store struct{ db *sql.DB }

// Get waits as long as the caller lets it.
func (s *Store) Get(ctx context.Context) error { return s.db.PingContext(ctx) }

// Old waits for ever.
func (s *Store) Old() error {
	_, err := s.db.Exec("DELETE FROM t")
	return err
}

// Older waits for ever, too.
func (s *Store) Older() error { return s.db.Ping() }

// Forgets has a context and does not use it.
func (s *Store) Forgets(ctx context.Context) error { return s.Get(context.TODO()) }

// Reader is what Store does.
type Reader interface {
	Get(ctx context.Context) error
}

// Two hides which of two implements it.
type Two interface {
	Get(ctx context.Context) error
}
