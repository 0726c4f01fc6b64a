// Package handler: a pool is opened in what net/http calls.
package handler

import (
	"context"
	"database/sql"
	"net/http"
	"os"
)

type server struct{ dsn string }

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	db, err := sql.Open("pgx", s.dsn) // want `sql.Open opens a pool for every request: no limit holds`
	if err != nil {
		http.Error(w, err.Error(), 500)
		return
	}
	defer db.Close()
	serve(r.Context(), w, db)
}

func function(w http.ResponseWriter, r *http.Request) {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // want `sql.Open opens a pool for every request`
	if err != nil {
		http.Error(w, err.Error(), 500)
		return
	}
	serve(r.Context(), w, db)
}

func register(mux *http.ServeMux) {
	mux.HandleFunc("/literal", func(w http.ResponseWriter, r *http.Request) {
		db, err := sql.Open("pgx", os.Getenv("DSN")) // want `sql.Open opens a pool for every request`
		if err != nil {
			return
		}
		serve(r.Context(), w, db)
	})
	mux.HandleFunc("/helper", func(w http.ResponseWriter, r *http.Request) {
		db, err := connect() // want `handler.connect \(sql.Open at handler.go:57\) opens a pool for every request`
		if err != nil {
			return
		}
		serve(r.Context(), w, db)
	})
	mux.HandleFunc("/again", func(w http.ResponseWriter, r *http.Request) {
		if db, err := connect(); err == nil { // want `handler.connect \(sql.Open at handler.go:57\) opens a pool for every request`
			serve(r.Context(), w, db)
		}
	})
}

// connect opens each time it is called and hands out what it opened: to call it for
// a request is the fault.
func connect() (*sql.DB, error) {
	return sql.Open("pgx", os.Getenv("DSN")) // ok: main may call it, too
}

func middleware(next http.Handler) http.Handler {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // ok: once, when the middleware is made
	if err != nil {
		panic(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serve(r.Context(), w, db)
		next.ServeHTTP(w, r)
	})
}

// appContext is what an application makes of a request.
type appContext struct {
	http.ResponseWriter
	Request *http.Request
}

func page(c *appContext) {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // want `sql.Open opens a pool for every request`
	if err != nil {
		return
	}
	serve(c.Request.Context(), c, db)
}

func serve(ctx context.Context, w http.ResponseWriter, db *sql.DB) {
	if err := db.PingContext(ctx); err != nil {
		http.Error(w, err.Error(), 500)
	}
}

// instance keeps what it opens, and closes what it kept.
type instance struct{ db *sql.DB }

func (i *instance) setup() (err error) {
	i.db, err = sql.Open("pgx", os.Getenv("DSN")) // ok: whoever calls it for a request is at fault
	return err
}

func (i *instance) close() { i.db.Close() }

type collector struct{ instance *instance }

func (c *collector) overwrites(w http.ResponseWriter, r *http.Request) {
	c.instance.setup() // want `setup \(sql.Open at handler.go:95\) opens a pool for every request: it replaces c.instance.db, whose connections stay open`
	serve(r.Context(), w, c.instance.db)
}

func (c *collector) fresh(w http.ResponseWriter, r *http.Request) {
	i := new(instance)
	i.setup() // want `setup \(sql.Open at handler.go:95\) opens a pool for every request: no limit holds`
	defer i.close()
	serve(r.Context(), w, i.db)
}
