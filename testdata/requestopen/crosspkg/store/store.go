// Package store opens pools in ways that its callers can and cannot repeat.
package store

import (
	"database/sql"
	"os"
	"sync"
)

// Store keeps a pool.
type Store struct{ db *sql.DB }

// Open opens a pool.
func Open() (*Store, error) {
	db, err := sql.Open("pgx", os.Getenv("DSN"))
	if err != nil {
		return nil, err
	}
	return &Store{db}, nil
}

// OpenAt opens the pool it is told to.
func OpenAt(dsn string) (*Store, error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	return &Store{db}, nil
}

// Count counts.
func Count() (n int, err error) {
	s, err := Open()
	if err != nil {
		return 0, err
	}
	defer s.Close()
	return n, s.db.QueryRow("SELECT count(*) FROM t").Scan(&n)
}

// Close closes the pool.
func (s *Store) Close() error { return s.db.Close() }

var get = sync.OnceValues(Open)

// Shared opens the pool the first time.
func Shared() (*Store, error) { return get() }

var (
	mu   sync.Mutex
	only *Store
)

// Lazy opens the pool the first time.
func Lazy() (*Store, error) {
	mu.Lock()
	defer mu.Unlock()
	if only != nil {
		return only, nil
	}
	s, err := Open()
	if err != nil {
		return nil, err
	}
	only = s
	return only, nil
}
