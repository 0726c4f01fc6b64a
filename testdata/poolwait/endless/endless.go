// Package endless: contexts that never end, and some that do.
package endless

import (
	"context"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

type key struct{}

var forever = context.Background()

type server struct{ pool *pgxpool.Pool }

func (s *server) endless(w http.ResponseWriter, r *http.Request) {
	s.pool.Exec(context.Background(), "DELETE FROM t")               // want `\(\*pgxpool.Pool\).Exec with a context that never ends waits for a connection without end`
	s.pool.Exec(context.TODO(), "DELETE FROM t")                     // want `with a context that never ends`
	s.pool.Exec(forever, "DELETE FROM t")                            // want `with a context that never ends`
	s.pool.Exec(context.WithoutCancel(r.Context()), "DELETE FROM t") // want `with a context that never ends`
	ctx := context.WithValue(context.Background(), key{}, 1)
	s.pool.Exec(ctx, "DELETE FROM t") // want `with a context that never ends`
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.pool.Exec(ctx, "DELETE FROM t") // want `with a context that never ends`
}

func (s *server) bounded(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	s.pool.Exec(ctx, "DELETE FROM t") // ok: a second
	ctx = context.WithValue(ctx, key{}, 1)
	s.pool.Exec(ctx, "DELETE FROM t") // ok: still a second
}

func (s *server) client(w http.ResponseWriter, r *http.Request) {
	ctx := context.WithValue(r.Context(), key{}, 1)
	s.pool.Exec(ctx, "DELETE FROM t") // ok: the client ends it
}

func (s *server) unknown(w http.ResponseWriter, r *http.Request) {
	ctx := context.Background()
	if r.Method == "GET" {
		ctx = r.Context()
	}
	s.pool.Exec(ctx, "DELETE FROM t") // ok: not always
}
