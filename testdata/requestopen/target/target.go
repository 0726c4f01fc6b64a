// Package target: the request says where to connect, and one pool cannot do.
package target

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
)

type params struct{ Host, User, Password string }

func (p *params) dsn() string { return fmt.Sprintf("postgres://%s:%s@%s", p.User, p.Password, p.Host) }

func test(w http.ResponseWriter, r *http.Request) {
	var p params
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
		return
	}
	if err := try(&p); err != nil {
		http.Error(w, err.Error(), 400)
	}
}

func try(p *params) error {
	db, err := sql.Open("pgx", p.dsn()) // ok: a target of the user's
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Ping()
}

type server struct{ p params }

func (s *server) own(w http.ResponseWriter, r *http.Request) {
	db, err := sql.Open("pgx", s.p.dsn()) // want `sql.Open opens a pool for every request`
	if err != nil {
		return
	}
	defer db.Close()
	db.PingContext(r.Context())
}
