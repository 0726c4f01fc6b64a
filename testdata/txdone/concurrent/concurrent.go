// Package concurrent: transactions in goroutines and retries.
package concurrent

import (
	"context"
	"database/sql"

	"github.com/sethvargo/go-retry"
	"golang.org/x/sync/errgroup"
)

func Group(ctx context.Context, db *sql.DB) error {
	var g errgroup.Group
	g.Go(func() error {
		tx, err := db.BeginTx(ctx, nil) // want "transaction from .* neither committed nor rolled back"
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
			return err
		}
		return tx.Commit()
	})
	return g.Wait()
}

func GroupEnded(ctx context.Context, db *sql.DB) error {
	var g errgroup.Group
	g.Go(func() error {
		tx, err := db.BeginTx(ctx, nil) // ok: ended
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
			return err
		}
		return tx.Commit()
	})
	return g.Wait()
}

func Retried(ctx context.Context, db *sql.DB) error {
	return retry.Do(ctx, retry.WithMaxRetries(1, retry.NewConstant(1)), func(ctx context.Context) error {
		tx, err := db.BeginTx(ctx, nil) // want "transaction from .* neither committed nor rolled back"
		if err != nil {
			return retry.RetryableError(err)
		}
		if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
			return retry.RetryableError(err)
		}
		return tx.Commit()
	})
}

func RetriedOutside(ctx context.Context, db *sql.DB) error {
	var tx *sql.Tx
	err := retry.Do(ctx, retry.WithMaxRetries(1, retry.NewConstant(1)), func(ctx context.Context) (err error) {
		tx, err = db.BeginTx(ctx, nil) // ok: the last one is ended below, those before it failed
		return retry.RetryableError(err)
	})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return tx.Commit()
}

func Loop(ctx context.Context, db *sql.DB) (err error) {
	for range 3 {
		err = func() error {
			tx, err := db.BeginTx(ctx, nil) // ok: ended in each try
			if err != nil {
				return err
			}
			defer tx.Rollback()
			if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
				return err
			}
			return tx.Commit()
		}()
		if err == nil {
			return nil
		}
	}
	return err
}
