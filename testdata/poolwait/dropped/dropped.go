// Package dropped: a function is given a context and queries without it.
package dropped

import (
	"context"
	"database/sql"
)

type store struct{ db *sql.DB }

func (s *store) Count(ctx context.Context) (n int, err error) {
	err = s.db.QueryRow("SELECT count(*) FROM t").Scan(&n) // want `\(\*sql.DB\).QueryRow without the context that the function was given waits for a connection without end: when the pool is exhausted, the caller hangs with it`
	return n, err
}

func (s *store) CountIn(ctx context.Context) (n int, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT count(*) FROM t").Scan(&n) // ok: handed on
	return n, err
}

func (s *store) Blank(_ context.Context) error {
	return s.db.Ping() // ok: says that it has no use for it
}

func (s *store) Plain() error {
	return s.db.Ping() // ok: nothing here serves, and there is no context
}

func migrate(ctx context.Context, db *sql.DB) error {
	_, err := db.Exec("CREATE TABLE t ()") // ok: a migration may take its time
	return err
}
