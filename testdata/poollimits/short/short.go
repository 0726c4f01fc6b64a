// Package short: pools that the opening function closes again.
package short

import (
	"database/sql"
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
