// Package fix: what the suggested fix inserts.
package fix

import (
	"database/sql"
	"os"
)

type store struct{ db *sql.DB }

func checked() (*store, error) {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // want `has no SetMaxOpenConns and no SetConnMaxLifetime`
	if err != nil {
		return nil, err
	}
	return &store{db}, nil
}

func (s *store) field() error {
	var err error
	s.db, err = sql.Open("pgx", os.Getenv("DSN")) // want `has no SetMaxOpenConns and no SetConnMaxLifetime`
	if err != nil {
		return err
	}
	return s.db.Ping()
}

func unchecked() *store {
	// nofix: nothing shows where the pool is open
	db, err := sql.Open("pgx", os.Getenv("DSN")) // want `has no SetMaxOpenConns and no SetConnMaxLifetime`
	s := &store{db}
	if err != nil {
		panic(err)
	}
	return s
}
