// Package subprocess: another process runs while the transaction is open.
package subprocess

import (
	"context"
	"database/sql"
	"os/exec"
)

func Convert(ctx context.Context, db *sql.DB, name string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "UPDATE file SET state = 'converting'"); err != nil {
		return err
	}
	if err := exec.CommandContext(ctx, "convert", name).Run(); err != nil { // want `\(\*exec\.Cmd\)\.Run waits for another process`
		return err
	}
	return tx.Commit()
}
