// Package short: pools that the opening function closes again.
package short

import (
	"database/sql"
	"net/http"
	"os"
)

func count() (n int, err error) {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // ok: closed before the function returns
	if err != nil {
		return 0, err
	}
	defer db.Close()
	return n, db.QueryRow("SELECT count(*) FROM t").Scan(&n)
}

func check(dsn string) error {
	db, err := sql.Open("pgx", dsn) // ok: closed
	if err != nil {
		return err
	}
	err = db.Ping()
	db.Close()
	return err
}

type config struct{ db *sql.DB }

// get puts the pool into a struct that ends with it.
func get() (n int, err error) {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // ok: closed when the function returns
	if err != nil {
		return 0, err
	}
	defer db.Close()
	c := &config{db: db}
	return c.count()
}

func (c *config) count() (n int, err error) {
	return n, c.db.QueryRow("SELECT count(*) FROM t").Scan(&n)
}

// serve lasts as long as the program.
func serve() error {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // want `db from sql.Open has no SetMaxOpenConns and no SetConnMaxLifetime`
	if err != nil {
		return err
	}
	defer db.Close()
	c := &config{db: db}
	http.HandleFunc("/", func(http.ResponseWriter, *http.Request) { c.count() })
	return http.ListenAndServe(":8080", nil)
}
