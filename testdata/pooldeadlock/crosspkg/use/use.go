// Package use: the helper and the query stand in another package.
package use

import (
	"context"
	"database/sql"

	"testdata.connlint.dev/specimens/pooldeadlock/crosspkg/store"
)

func Wrong(ctx context.Context, s *store.Store) error {
	return s.InTx(ctx, func(tx *sql.Tx) error {
		n, err := s.Count(ctx) // want `\(\*store\.Store\)\.Count \(\(\*database/sql\.DB\)\.QueryRowContext at .*store\.go:\d+\) wants a second connection of the pool while the transaction of \(\*store\.Store\)\.InTx holds one`
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE total SET n = $1", n)
		return err
	})
}

// noexec: two stores of one pool would wait for each other
func Other(ctx context.Context, s, archive *store.Store) error {
	return s.InTx(ctx, func(tx *sql.Tx) error {
		_, err := archive.Count(ctx) // ok: another store
		return err
	})
}
