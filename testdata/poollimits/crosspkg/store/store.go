// Package store opens what it is told to: its callers set the limits.
package store

import (
	"database/sql"
	"time"
)

// Open opens a pool.
func Open(dsn string) (*sql.DB, error) {
	db, err := sql.Open("pgx", dsn) // ok: returned
	if err != nil {
		return nil, err
	}
	if err := db.Ping(); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// OpenDriver opens a pool of any driver.
func OpenDriver(name, dsn string) (*sql.DB, error) { return sql.Open(name, dsn) }

// OpenTuned sets limits itself.
func OpenTuned(dsn string) (*sql.DB, error) {
	db, err := sql.Open("pgx", dsn) // ok: both
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(5)
	db.SetConnMaxLifetime(time.Hour)
	return db, nil
}
