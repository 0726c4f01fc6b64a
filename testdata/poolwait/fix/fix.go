// Package fix: the variant with a context, where one is in scope.
package fix

import (
	"context"
	"database/sql"
	"net/http"
)

type server struct{ db *sql.DB }

func (s *server) handle(w http.ResponseWriter, r *http.Request) {
	s.db.Exec("DELETE FROM t WHERE id = $1", 1) // want `Exec without a context waits for a connection without end, and so in 4 more calls`
	s.db.Ping()                                 // ok: said above
	if tx, err := s.db.Begin(); err == nil {    // ok: said above
		tx.Rollback()
	}
	s.load(r.Context())
	s.blind()
}

func (s *server) load(ctx context.Context) {
	s.db.QueryRow("SELECT 1").Scan(new(int)) // ok: said above
}

func (s *server) blind() {
	// nofix: there is no context to use
	s.db.QueryRow("SELECT 1").Scan(new(int)) // ok: said above
}
