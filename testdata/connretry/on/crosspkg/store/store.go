// Package store lets its callers ask whether the server is there.
package store

import "database/sql"

type Store struct{ db *sql.DB }

func New(db *sql.DB) *Store { return &Store{db: db} }

// Ping is no start: nothing is opened here.
func (s *Store) Ping() error { return s.db.Ping() }
