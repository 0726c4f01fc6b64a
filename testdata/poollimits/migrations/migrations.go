// Package migrations changes the schema, alone and once.
package migrations

import "database/sql"

// A Driver has the pool that the changes are made on.
type Driver struct{ db *sql.DB }

func New(dsn string) (*Driver, error) {
	db, err := sql.Open("pgx", dsn) // ok: nobody else uses it
	if err != nil {
		return nil, err
	}
	return &Driver{db: db}, nil
}
