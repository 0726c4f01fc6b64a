// Package missing: pools of a server that nothing limits.
package missing

import (
	"database/sql"
	"os"
	"time"

	"github.com/go-sql-driver/mysql"
)

type store struct{ db *sql.DB }

func neither() (*store, error) {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // want `db from sql.Open has no SetMaxOpenConns and no SetConnMaxLifetime: under load`
	if err != nil {
		return nil, err
	}
	return &store{db}, nil
}

func noLifetime() (*store, error) {
	db, err := sql.Open("mysql", os.Getenv("DSN")) // want `db from sql.Open has no SetConnMaxLifetime: connections stay for ever`
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(5)
	return &store{db}, nil
}

func noMaximum() (*store, error) {
	db, err := sql.Open("postgres", os.Getenv("DSN")) // want `db from sql.Open has no SetMaxOpenConns: under load`
	if err != nil {
		return nil, err
	}
	db.SetMaxIdleConns(5)
	db.SetConnMaxLifetime(time.Hour)
	return &store{db}, nil
}

func connector() (*store, error) {
	c, err := mysql.NewConnector(mysql.NewConfig())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(c) // want `db from sql.OpenDB has no SetMaxOpenConns and no SetConnMaxLifetime`
	return &store{db: db}, nil
}

var global *sql.DB

func keeps() (err error) {
	global, err = sql.Open("mysql", os.Getenv("DSN")) // want `global from sql.Open has no SetMaxOpenConns`
	return err
}

// App decides what it opens: its callers have no reason to think of limits.
func App() (*sql.DB, error) {
	return sql.Open("mysql", os.Getenv("DSN")) // want `the pool from sql.Open has no SetMaxOpenConns`
}

func both() (*store, error) {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // ok: both
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(5)
	db.SetConnMaxLifetime(time.Hour)
	return &store{db}, nil
}

func idleTime(max int, idle time.Duration) (*store, error) {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // ok: the idle time ends connections, too
	if err != nil {
		return nil, err
	}
	if max > 0 {
		db.SetMaxOpenConns(max)
	}
	db.SetConnMaxIdleTime(idle)
	return &store{db}, nil
}
