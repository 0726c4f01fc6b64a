// Package router: chi, gorilla and httprouter take what net/http takes, and more.
package router

import (
	"database/sql"
	"net/http"
	"os"

	"github.com/go-chi/chi/v5"
	"github.com/gorilla/mux"
	"github.com/julienschmidt/httprouter"
)

func routes(c chi.Router, m *mux.Router, h *httprouter.Router) {
	c.Get("/", func(w http.ResponseWriter, r *http.Request) {
		db, _ := sql.Open("mysql", os.Getenv("DSN")) // want `sql.Open opens a pool for every request`
		defer db.Close()
	})
	m.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		db, _ := sql.Open("mysql", os.Getenv("DSN")) // want `sql.Open opens a pool for every request`
		defer db.Close()
	})
	h.GET("/", func(w http.ResponseWriter, r *http.Request, _ httprouter.Params) {
		db, _ := sql.Open("mysql", os.Getenv("DSN")) // want `sql.Open opens a pool for every request`
		defer db.Close()
	})
	db, _ := sql.Open("mysql", os.Getenv("DSN")) // ok: when the routes are made
	c.Get("/shared", func(w http.ResponseWriter, r *http.Request) {
		db.PingContext(r.Context())
	})
}
