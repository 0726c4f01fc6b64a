// Package fixall hands the database a context nowhere, and has one everywhere.
package fixall

import (
	"context"
	"database/sql"
	"net/http"
)

type server struct{ db *sql.DB }

func (s *server) handle(w http.ResponseWriter, r *http.Request) {
	s.db.Exec("DELETE FROM t") // want `Exec without a context waits for a connection without end, and so in one more call of this package`
	s.load(r.Context())
}

func (s *server) load(ctx context.Context) {
	s.db.QueryRow("SELECT 1").Scan(new(int)) // ok: said above
}
