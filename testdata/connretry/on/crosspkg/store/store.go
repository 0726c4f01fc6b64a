// Package store lets its callers ask whether the server is there.
package store

import "database/sql"

type Store struct{ db *sql.DB }

func New(db *sql.DB) *Store { return &Store{db: db} }

// Open asks whether the server is there that it is told.
func Open(dsn string) (*Store, error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	if err := db.Ping(); err != nil { // ok: whoever tells may try again
		db.Close()
		return nil, err
	}
	return New(db), nil
}

// Ping is no start: nothing is opened here.
func (s *Store) Ping() error { return s.db.Ping() }
