package harness

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// TestPostgresFails fails each operation in turn of what a client does. It is
// PostgreSQL that says so, and that knows of its transaction what it knows then.
func TestPostgresFails(t *testing.T) {
	p, err := startPostgres()
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeSimpleProtocol} {
		for how, want := range map[failure]map[string]string{
			plain: {
				"nothing": "", "connect": "3D000", "begin": "XX000", "exec": "XX000", "commit": "23503", "rollback": "lost",
				// The operations that the extended protocol has of its own: no portal, no SQL.
				"query": "34000 XX000", "prepare": "42601", "next": "34000 XX000",
			},
			odd: {
				"nothing": "", "connect": "3D000", "begin": "XX000", "exec": "XX000", "commit": "23503", "rollback": "lost",
				"query": "34000 XX000", "prepare": "42601", "next": "cannot scan",
			},
			lost: {
				"nothing": "", "connect": "lost", "begin": "lost", "exec": "lost", "commit": "lost", "rollback": "lost",
				"query": "lost", "prepare": "lost", "next": "lost",
			},
		} {
			seen := map[string]bool{}
			for fail := 0; ; fail++ {
				s := newServer(2, fail, how)
				current.Store(s)
				got := complaint(talk(t.Context(), p.dsn(), mode))
				s.cut()
				kind := s.failed()
				if fail == 0 {
					kind = "nothing"
				} else if kind == "" {
					break
				}
				seen[kind] = true
				if want, ok := want[kind]; !ok || !slices.Contains(strings.Fields(want), got) && got != want {
					t.Errorf("%v: %s fails %s: %q, want %q", mode, kind, how, got, want)
				}
			}
			if len(seen) < len(want)-1 { // the simple protocol prepares nothing
				t.Errorf("%v, %s: only %v", mode, how, seen)
			}
		}
	}
}

// talk reads in a transaction that it commits and writes in one that it rolls back.
func talk(ctx context.Context, dsn string, mode pgx.QueryExecMode) error {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return err
	}
	config.DefaultQueryExecMode = mode
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	rows, err := tx.Query(ctx, "SELECT id, version() LIKE 'PostgreSQL %' FROM t")
	if err != nil {
		return inTx(conn, err)
	}
	var id, n int
	var real bool
	for rows.Next() {
		if err := rows.Scan(&id, &real); err != nil {
			return err
		}
		if n++; id != n || !real {
			return errors.New("this is not the row of a PostgreSQL")
		}
	}
	if err := rows.Err(); err != nil {
		return inTx(conn, err)
	}
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	if tx, err = conn.Begin(ctx); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "UPDATE t SET a = 1"); err != nil {
		return inTx(conn, err)
	}
	return tx.Rollback(ctx)
}

// inTx returns err, or another one if the server does not know that the transaction has
// failed.
func inTx(conn *pgx.Conn, err error) error {
	if s := conn.PgConn().TxStatus(); s != 'E' && !conn.IsClosed() {
		return errors.New("after an error the status is " + string(s))
	}
	return err
}

// complaint is the code of an error of the server, or a word for any other.
func complaint(err error) string {
	var pg *pgconn.PgError
	var scan pgx.ScanArgError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &pg):
		return pg.Code
	case errors.As(err, &scan):
		return "cannot scan"
	case strings.Contains(err.Error(), "EOF"), strings.Contains(err.Error(), "conn closed"):
		return "lost"
	}
	return err.Error()
}
