// Package twice: closing again does no harm, and is no reason to look away.
package twice

import (
	"database/sql"
	"io"
	"log"
)

func closes(c io.Closer) {
	if err := c.Close(); err != nil {
		log.Print(err)
	}
}

func exists(rows *sql.Rows) (bool, error) {
	defer rows.Close()
	found := rows.Next()
	return found, rows.Err()
}

func DeferredAndByHand(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: closed before the next statement, and deferred
	if err != nil {
		return err
	}
	defer closes(rows)
	for rows.Next() {
	}
	if err := rows.Close(); err != nil {
		return err
	}
	_, err = db.Exec("UPDATE t SET a = 1")
	return err
}

func SwitchInit(db *sql.DB) error {
	for range 3 {
		rows, err := db.Query("SELECT id FROM t") // ok: the helper in the switch closes
		if err != nil {
			return err
		}
		switch found, err := exists(rows); {
		case err != nil:
			return err
		case found:
			return nil
		default:
			rows.Close()
		}
	}
	return nil
}

func LaterQuery(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: read to the end; the deferred Close does nothing
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}
	if err := rows.Err(); err != nil {
		return err
	}
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	return tx.Rollback()
}
