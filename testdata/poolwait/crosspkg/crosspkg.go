// Package crosspkg: the wait is in another package.
package crosspkg

import (
	"context"
	"net/http"

	"testdata.connlint.dev/specimens/poolwait/crosspkg/store"
)

type server struct {
	store  *store.Store
	reader store.Reader
}

func (s *server) made(w http.ResponseWriter, r *http.Request) {
	s.store.Get(context.Background()) // want `store.Store\).Get waits for a connection without end \(\(\*sql.DB\).PingContext with a context that never ends, at store.go:13\)`
	s.store.Get(r.Context())          // ok: the client ends it
	s.reader.Get(context.TODO())      // want `store.Reader\).Get waits for a connection without end`
}

func (s *server) there(w http.ResponseWriter, r *http.Request) {
	s.store.Old()                // want `store.Store\).Old waits for a connection without end \(\(\*sql.DB\).Exec without a context, at store.go:17\), and so does \(\*store.Store\).Older: when`
	s.store.Forgets(r.Context()) // want `store.Store\).Forgets waits for a connection without end`
}

func (s *server) older(w http.ResponseWriter, r *http.Request) {
	s.store.Older() // ok: the report above counts it
}

func (s *server) again(w http.ResponseWriter, r *http.Request) {
	s.store.Old() // ok: reported above, and the fix is one
}

func start(s *store.Store) error {
	return s.Get(context.Background()) // ok: start-up may wait
}
