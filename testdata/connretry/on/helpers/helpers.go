// Package helpers: what tries again is a helper, of a library or of one's own.
package helpers

import (
	"context"
	"database/sql"
	"log"
	"time"

	"github.com/avast/retry-go/v4"
	"github.com/cenkalti/backoff/v4"
	goretry "github.com/sethvargo/go-retry"
)

func OpenBackoff(dsn string) (*sql.DB, error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	if err := backoff.Retry(func() error { return db.Ping() }, backoff.NewExponentialBackOff()); err != nil { // ok: backoff
		return nil, err
	}
	return db, nil
}

func OpenAvast(dsn string) (*sql.DB, error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	if err := retry.Do(db.Ping); err != nil { // ok: retry.Do
		return nil, err
	}
	return db, nil
}

func OpenSethvargo(ctx context.Context, dsn string) (*sql.DB, error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	err = goretry.Do(ctx, goretry.NewConstant(time.Second), func(ctx context.Context) error {
		if err := db.PingContext(ctx); err != nil { // ok: go-retry
			return goretry.RetryableError(err)
		}
		return nil
	})
	return db, err
}

// again runs f until it succeeds: known by what it does, whatever its name.
func again(n int, f func() error) (err error) {
	for range n {
		if err = f(); err == nil {
			return nil
		}
		time.Sleep(time.Second)
	}
	return err
}

func OpenOwn(dsn string) (*sql.DB, error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	if err := again(10, func() error { return db.Ping() }); err != nil { // ok: again
		return nil, err
	}
	return db, nil
}

func MustOpenOwn(dsn string) *sql.DB {
	db, err := OpenOwn(dsn) // ok: it has tried again
	if err != nil {
		log.Fatal(err)
	}
	return db
}

func MustOpenAvast(dsn string) *sql.DB {
	db, err := OpenAvast(dsn) // ok: it has tried again
	if err != nil {
		log.Fatal(err)
	}
	return db
}

// once runs f, and not again.
func once(f func() error) error { return f() }

func MustOpenOnce(dsn string) *sql.DB {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		log.Fatal(err)
	}
	if err := once(func() error { return nil }); err != nil {
		log.Fatal(err)
	}
	if err := db.Ping(); err != nil { // want `fails once`
		log.Fatal(err)
	}
	return db
}
