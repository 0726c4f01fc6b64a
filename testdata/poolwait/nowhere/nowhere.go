// Package nowhere hands the database a context nowhere: that is one decision, and one
// report.
package nowhere

import (
	"database/sql"
	"net/http"
)

type server struct{ db *sql.DB }

func (s *server) list(w http.ResponseWriter, r *http.Request) {
	rows, err := s.db.Query("SELECT id FROM t") // want `\(\*sql.DB\).Query without a context waits for a connection without end, and so in 3 more calls of this package, which does not use contexts: when`
	if err != nil {
		return
	}
	defer rows.Close()
}

func (s *server) count(w http.ResponseWriter, r *http.Request) {
	s.db.QueryRow("SELECT count(*) FROM t").Scan(new(int)) // ok: said above
}

func (s *server) empty(w http.ResponseWriter, r *http.Request) {
	s.db.Exec("DELETE FROM t") // ok: said above
	s.db.Exec("DELETE FROM u") // ok: said above
}
