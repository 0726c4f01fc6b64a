// Package field: the limits are set on the place the pool is kept in.
package field

import (
	"database/sql"
	"os"
	"time"
)

type config struct{ max int }

type store struct{ db *sql.DB }

func open() (*store, error) {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // ok: tune sets them on the field
	if err != nil {
		return nil, err
	}
	return &store{db: db}, nil
}

func (s *store) tune(c config) {
	s.db.SetMaxOpenConns(c.max)
	s.db.SetConnMaxLifetime(time.Hour)
}

type other struct{ db *sql.DB }

func (o *other) connect() (err error) {
	o.db, err = sql.Open("pgx", os.Getenv("DSN")) // want `o.db from sql.Open has no SetConnMaxLifetime`
	return err
}

func (o *other) tune(c config) { o.db.SetMaxOpenConns(c.max) }

var (
	first  *sql.DB
	second *sql.DB
)

func start() {
	first, _ = sql.Open("pgx", os.Getenv("DSN"))  // ok: limits
	second, _ = sql.Open("pgx", os.Getenv("DSN")) // want `second from sql.Open has no SetMaxOpenConns`
}

func limits() {
	first.SetMaxOpenConns(4)
	first.SetConnMaxIdleTime(time.Minute)
}
