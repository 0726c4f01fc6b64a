// Package single: one connection for as long as the program runs.
package single

import (
	"context"
	"net/http"

	"github.com/jackc/pgx/v5"
)

type Server struct {
	conn *pgx.Conn
}

func New(ctx context.Context, dsn string) (*Server, error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, err
	}
	s := &Server{}
	s.conn = conn // want `one connection is kept in conn for as long as the program runs`
	return s, nil
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := s.conn.Ping(r.Context()); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

type Reconnecting struct {
	dsn  string
	link *pgx.Conn
}

func NewReconnecting(ctx context.Context, dsn string) (*Reconnecting, error) {
	r := &Reconnecting{dsn: dsn}
	return r, r.connect(ctx)
}

func (r *Reconnecting) connect(ctx context.Context) error {
	link, err := pgx.Connect(ctx, r.dsn)
	if err != nil {
		return err
	}
	r.link = link // ok: replace stores there, too
	return nil
}

func (r *Reconnecting) replace(ctx context.Context) (err error) {
	r.link.Close(ctx)
	r.link, err = pgx.Connect(ctx, r.dsn) // ok: connect stores there, too
	return err
}
