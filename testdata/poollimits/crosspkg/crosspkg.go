// Package crosspkg: the pool comes from a function of another package.
package crosspkg

import (
	"database/sql"
	"os"
	"time"

	"testdata.connlint.dev/specimens/poollimits/crosspkg/store"
)

type app struct{ db *sql.DB }

func sets() (*app, error) {
	db, err := store.Open(os.Getenv("DSN")) // ok: here
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(5)
	db.SetConnMaxLifetime(time.Hour)
	return &app{db}, nil
}

func forgets() (*app, error) {
	db, err := store.Open(os.Getenv("DSN")) // want `db from store.Open \(sql.Open at store.go:11\) has no SetMaxOpenConns`
	if err != nil {
		return nil, err
	}
	return &app{db}, nil
}

func tuned() (*app, error) {
	db, err := store.OpenTuned(os.Getenv("DSN")) // ok: there
	if err != nil {
		return nil, err
	}
	return &app{db}, nil
}

func driver() (*app, error) {
	db, err := store.OpenDriver("mysql", os.Getenv("DSN")) // want `db from store.OpenDriver \(sql.Open at store.go:23\) has no SetMaxOpenConns`
	if err != nil {
		return nil, err
	}
	return &app{db}, nil
}

func inProcess() (*app, error) {
	db, err := store.OpenDriver("sqlite", "file.db") // ok: no server
	if err != nil {
		return nil, err
	}
	return &app{db}, nil
}
