// Package single: a pool of one connection.
package single

import "database/sql"

func Open(dsn string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("PRAGMA foreign_keys = on"); err != nil { // ok: there is only one
		db.Close()
		return nil, err
	}
	return db, nil
}
