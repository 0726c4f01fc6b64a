// Package nocontext: methods that take no context.
package nocontext

import (
	"context"
	"database/sql"
	"net/http"
)

type server struct{ db *sql.DB }

func (s *server) all(w http.ResponseWriter, r *http.Request) {
	rows, err := s.db.Query("SELECT id FROM t") // want `\(\*sql.DB\).Query without a context waits for a connection without end: when the pool is exhausted, the request hangs with it`
	if err != nil {
		return
	}
	defer rows.Close()
}

func (s *server) one(w http.ResponseWriter, r *http.Request) {
	var n int
	s.db.QueryRow("SELECT 1").Scan(&n) // want `\(\*sql.DB\).QueryRow without a context`
	s.db.Exec("DELETE FROM t")         // want `\(\*sql.DB\).Exec without a context`
	s.db.Ping()                        // want `\(\*sql.DB\).Ping without a context`
}

func (s *server) transaction(w http.ResponseWriter, r *http.Request) {
	tx, err := s.db.Begin() // want `\(\*sql.DB\).Begin without a context`
	if err != nil {
		return
	}
	defer tx.Rollback()
	tx.Exec("DELETE FROM t") // ok: a transaction has its connection
	tx.Commit()
}

func (s *server) deep(w http.ResponseWriter, r *http.Request) { s.load(r.Context()) }

// load is reached from deep.
func (s *server) load(ctx context.Context) {
	s.db.QueryRow("SELECT 1").Scan(new(int)) // want `\(\*sql.DB\).QueryRow without a context`
}

func (s *server) background(w http.ResponseWriter, r *http.Request) {
	go func() {
		s.db.Exec("INSERT INTO log VALUES (1)") // ok: the request has gone on
	}()
	go s.log()
}

func (s *server) log() {
	s.db.Exec("INSERT INTO log VALUES (2)") // ok: the request has gone on
}

func (s *server) parallel(w http.ResponseWriter, r *http.Request) {
	done := make(chan error)
	go func() {
		_, err := s.db.Exec("DELETE FROM log") // want `\(\*sql.DB\).Exec without a context`
		done <- err
	}()
	<-done
}

// own opens a pool that nobody else has.
func (s *server) own(w http.ResponseWriter, r *http.Request) {
	db, err := sql.Open("pgx", r.FormValue("dsn"))
	if err != nil {
		return
	}
	defer db.Close()
	db.QueryRow("SELECT 1").Scan(new(int)) // ok: all its connections are for this request
	ask(db)                                // ok: the same
	askOwn(db)
}

func askOwn(db *sql.DB) { askDeeper(db) }

func askDeeper(db *sql.DB) {
	db.QueryRow("SELECT 1").Scan(new(int)) // ok: the only caller's caller has the pool for itself
}

// An instance is made for one request.
type instance struct{ db *sql.DB }

func (s *server) probe(w http.ResponseWriter, r *http.Request) {
	i := &instance{}
	if i.setup(r.FormValue("dsn")) == nil {
		i.db.Close()
	}
}

func (i *instance) setup(dsn string) error {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	i.db = db
	return version(i.db)
}

func version(db *sql.DB) error {
	return db.QueryRow("SELECT version()").Scan(new(string)) // ok: opened just now
}

// tenant opens a pool that it hands out.
func (s *server) tenant(w http.ResponseWriter, r *http.Request) { open(r.FormValue("dsn")) }

func open(dsn string) (*sql.DB, error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	return db, db.Ping() // ok: nobody else has it yet
}

func ask(db *sql.DB) {
	db.QueryRow("SELECT 1").Scan(new(int)) // want `\(\*sql.DB\).QueryRow without a context`
}

func (s *server) asked(w http.ResponseWriter, r *http.Request) { ask(s.db) }

func (s *server) release(w http.ResponseWriter, r *http.Request) {
	s.db.Exec("SELECT pg_advisory_unlock(1)") // ok: what gives a lock back must not be cut short
}

func (s *server) deadlines(w http.ResponseWriter, r *http.Request) {
	s.db.QueryRowContext(r.Context(), "SELECT 1").Scan(new(int)) // ok: the client ends it
}

func (s *server) right(w http.ResponseWriter, r *http.Request) {
	s.db.ExecContext(r.Context(), "DELETE FROM t") // ok: the client ends it
	s.db.Stats()                                   // ok: waits for nothing
}
