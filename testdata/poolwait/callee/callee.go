// Package callee: the context is made here and waited with there.
package callee

import (
	"context"
	"database/sql"
	"net/http"
)

type store struct{ db *sql.DB }

func (s *store) get(ctx context.Context, id int) (n int, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT n FROM t WHERE id = $1", id).Scan(&n) // ok: the caller's context
	return n, err
}

func (s *store) twice(ctx context.Context) error {
	if _, err := s.get(ctx, 1); err != nil {
		return err
	}
	_, err := s.get(ctx, 2)
	return err
}

type server struct{ store *store }

func (s *server) endless(w http.ResponseWriter, r *http.Request) {
	s.store.get(context.Background(), 1) // want `store\).get waits for a connection without end \(\(\*sql.DB\).QueryRowContext with a context that never ends, at callee.go:13\)`
	s.store.twice(context.Background())  // want `store\).twice waits for a connection without end`
}

func (s *server) bounded(w http.ResponseWriter, r *http.Request) {
	s.store.twice(r.Context()) // ok: the client ends it
}
