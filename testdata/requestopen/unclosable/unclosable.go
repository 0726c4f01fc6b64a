// Package unclosable: a target that the request names has to be opened, and closed.
package unclosable

import (
	"database/sql"
	"net/http"
)

type probe struct{ db *sql.DB }

func newProbe(dsn string) (*probe, error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	return &probe{db}, nil
}

type closer struct{ db *sql.DB }

func newCloser(dsn string) (*closer, error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	return &closer{db}, nil
}

func (c *closer) Close() error { return c.db.Close() }

func leaks(w http.ResponseWriter, r *http.Request) {
	p, err := newProbe(r.FormValue("target")) // want `newProbe \(sql.Open at unclosable.go:12\) opens a pool for every request`
	if err != nil {
		return
	}
	p.db.PingContext(r.Context())
}

func closes(w http.ResponseWriter, r *http.Request) {
	c, err := newCloser(r.FormValue("target")) // ok: the request names the target, and it is closed
	if err != nil {
		return
	}
	defer c.Close()
	c.db.PingContext(r.Context())
}
