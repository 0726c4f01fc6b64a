// Package sqlite: a database in the process whose pool has no limit gives everybody a
// connection at once; one with a limit does not.
package sqlite

import (
	"database/sql"
	"net/http"
)

type cache struct{ db *sql.DB }

func newCache(file string) (*cache, error) {
	db, err := sql.Open("sqlite3", file)
	if err != nil {
		return nil, err
	}
	return &cache{db: db}, nil
}

func (c *cache) get(w http.ResponseWriter, r *http.Request) {
	c.db.QueryRow("SELECT 1").Scan(new(int)) // ok: nothing limits the pool
}

type store struct{ db *sql.DB }

func newStore(file string) (*store, error) {
	db, err := sql.Open("sqlite3", file)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return &store{db: db}, nil
}

func (s *store) get(w http.ResponseWriter, r *http.Request) {
	s.db.QueryRow("SELECT 1").Scan(new(int)) // want `\(\*sql.DB\).QueryRow without a context waits for a connection without end, and so in one more call`
}

// A client is handed its pool; a test hands it one of its own.
type client struct{ db *sql.DB }

func newClient(db *sql.DB) *client { return &client{db: db} }

func (c *client) get(w http.ResponseWriter, r *http.Request) {
	c.db.QueryRow("SELECT 1").Scan(new(int)) // ok: said above
}
