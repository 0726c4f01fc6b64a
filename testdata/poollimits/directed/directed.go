// Package directed opens what it is told to, once for each time it is told.
package directed

import (
	"context"
	"database/sql"
	"os"

	"testdata.connlint.dev/specimens/poollimits/directed/driver"
)

// A postgres is one of the drivers that somebody can choose.
type postgres struct{ db *sql.DB }

func (p *postgres) Open(ctx context.Context, dsn string) (driver.Driver, error) {
	db, err := sql.Open("pgx", dsn) // ok: how many, and how long, who asks for it knows
	if err != nil {
		return nil, err
	}
	p.db = db
	return p, nil
}

func (p *postgres) Close() error { return p.db.Close() }

var _ driver.Driver = (*postgres)(nil)

// An own is a driver, too, but knows itself what to open.
type own struct{ db *sql.DB }

func (o *own) Open(ctx context.Context, _ string) (driver.Driver, error) {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // want `db from sql.Open has no SetMaxOpenConns and no SetConnMaxLifetime`
	if err != nil {
		return nil, err
	}
	o.db = db
	return o, nil
}

func (o *own) Close() error { return o.db.Close() }

// A Store opens the database of the program.
type Store struct{ db *sql.DB }

func (s *Store) Connect(dsn string) error {
	db, err := sql.Open("pgx", dsn) // want `db from sql.Open has no SetMaxOpenConns and no SetConnMaxLifetime`
	if err != nil {
		return err
	}
	s.db = db
	return nil
}

func (s *Store) Count(ctx context.Context) (n int, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT count(*) FROM t").Scan(&n)
	return n, err
}

// A step is run by somebody else, with what it is given.
type step struct {
	check func(dsn string) error
	db    *sql.DB
}

var connect = &step{}

func init() {
	connect.check = func(dsn string) error {
		db, err := sql.Open("pgx", dsn) // ok: who calls it, and how often?
		if err != nil {
			return err
		}
		connect.db = db
		return db.Ping()
	}
}

// A mysql keeps what it opens in a field on the way.
type mysql struct {
	dsn string
	db  *sql.DB
}

func (m *mysql) Open(ctx context.Context, dsn string) (driver.Driver, error) {
	m.dsn = dsn
	db, err := sql.Open("mysql", m.dsn) // ok: it was told
	if err != nil {
		return nil, err
	}
	m.db = db
	return m, nil
}

func (m *mysql) Close() error { return m.db.Close() }
