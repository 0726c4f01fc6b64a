// Package fix: the variant with a context, where one is in scope.
package fix

import (
	"context"
	"database/sql"
	"net/http"
)

type server struct{ db *sql.DB }

func (s *server) handle(w http.ResponseWriter, r *http.Request) {
	s.db.Exec("DELETE FROM t WHERE id = $1", 1) // want `Exec without a context`
	s.db.Ping()                                 // want `Ping without a context`
	if tx, err := s.db.Begin(); err == nil {    // want `Begin without a context`
		tx.Rollback()
	}
	s.load(r.Context())
	s.blind()
}

func (s *server) load(ctx context.Context) {
	s.db.QueryRow("SELECT 1").Scan(new(int)) // want `QueryRow without a context`
}

func (s *server) blind() {
	// nofix: there is no context to use
	s.db.QueryRow("SELECT 1").Scan(new(int)) // want `QueryRow without a context`
}

func (s *server) right(ctx context.Context) error {
	_, err := s.db.ExecContext(ctx, "DELETE FROM t") // ok: who calls says how long
	return err
}
