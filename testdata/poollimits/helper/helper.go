// Package helper: the limits are set by a function that gets the pool.
package helper

import (
	"database/sql"
	"os"
	"time"

	"testdata.connlint.dev/specimens/poollimits/helper/tune"
)

type store struct{ db *sql.DB }

func here() *store {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // ok: configure
	if err != nil {
		panic(err)
	}
	configure(db)
	return &store{db}
}

func configure(db *sql.DB) {
	db.SetMaxOpenConns(5)
	lifetimes(db)
}

func lifetimes(db *sql.DB) { db.SetConnMaxLifetime(time.Hour) }

func there() *store {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // ok: tune.All
	if err != nil {
		panic(err)
	}
	tune.All(db, 8)
	return &store{db}
}

func half() *store {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // want `db from sql.Open has no SetConnMaxLifetime`
	if err != nil {
		panic(err)
	}
	tune.Size(db)
	return &store{db}
}

type option func(*sql.DB)

func options(opts ...option) *store {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // ok: an option may set them
	if err != nil {
		panic(err)
	}
	for _, o := range opts {
		o(db)
	}
	return &store{db}
}

func literal() *store {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // ok: in the literal
	if err != nil {
		panic(err)
	}
	func() {
		db.SetMaxOpenConns(1)
		db.SetConnMaxLifetime(time.Hour)
	}()
	return &store{db}
}
