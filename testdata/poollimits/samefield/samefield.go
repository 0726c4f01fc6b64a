// Package samefield: one field for pools of several engines, limited where each is
// opened.
package samefield

import (
	"database/sql"
	"os"
)

type db struct{ handler *sql.DB }

func (d *db) open(driver string) error {
	if driver == "sqlite" {
		return d.openSQLite()
	}
	return d.openPostgres()
}

func (d *db) openSQLite() (err error) {
	if d.handler, err = sql.Open("sqlite", "app.db"); err != nil { // ok: no server
		return err
	}
	d.handler.SetMaxOpenConns(1)
	d.handler.SetMaxIdleConns(5) // ok: no server
	d.handler.SetConnMaxLifetime(0)
	return nil
}

func (d *db) openPostgres() (err error) {
	if d.handler, err = sql.Open("postgres", os.Getenv("DSN")); err != nil { // want `d.handler from sql.Open has no SetMaxOpenConns and no SetConnMaxLifetime`
		return err
	}
	return d.handler.Ping()
}
