// Package use: the function that waits stands in another package.
package use

import (
	"context"
	"database/sql"

	"testdata.connlint.dev/specimens/txhold/on/crosspkg/notify"
)

func Pay(ctx context.Context, db *sql.DB, n *notify.Notifier) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := n.Send(ctx, "http://example.com"); err != nil { // want `\(\*notify\.Notifier\)\.Send waits for an HTTP request \(http\.Get at notify\.go:\d+\)`
		return err
	}
	return tx.Commit()
}
