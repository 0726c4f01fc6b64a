// Package iface: behind an interface may be a transaction.
package iface

import (
	"context"
	"database/sql"
	"net/http"
)

// DBTX is what sqlc writes: a pool or a transaction.
type DBTX interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
	Exec(string, ...any) (sql.Result, error)
}

type queries struct{ db DBTX }

func newQueries(db DBTX) *queries { return &queries{db: db} }

func (q *queries) clean() error {
	_, err := q.db.Exec("DELETE FROM t") // ok: perhaps on a transaction
	return err
}

type server struct {
	db *sql.DB
	q  *queries
}

func (s *server) onPool(w http.ResponseWriter, r *http.Request) {
	newQueries(s.db).q(context.Background()) // want `queries\).q waits for a connection without end`
}

func (q *queries) q(ctx context.Context) error {
	_, err := q.db.ExecContext(ctx, "DELETE FROM t")
	return err
}

func (s *server) onTx(w http.ResponseWriter, r *http.Request) {
	tx, err := s.db.BeginTx(r.Context(), nil)
	if err != nil {
		return
	}
	defer tx.Rollback()
	newQueries(tx).q(context.Background()) // ok: on the transaction
	s.q.q(context.Background())            // ok: who knows
	s.q.clean()
	tx.Commit()
}
