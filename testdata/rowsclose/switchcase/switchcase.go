// Package switchcase: an arm that forgets.
package switchcase

import (
	"database/sql"
	"errors"
)

var errMode = errors.New("unknown mode")

func Arm(db *sql.DB, mode int) (int, error) {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return 0, err
	}
	switch mode {
	case 0:
		return 0, rows.Close()
	case 1:
		return 1, nil
	}
	return 2, rows.Close()
}

func EveryArm(db *sql.DB, mode int) (int, error) {
	rows, err := db.Query("SELECT id FROM t") // ok: each arm closes
	if err != nil {
		return 0, err
	}
	switch mode {
	case 0:
		return 0, rows.Close()
	case 1:
		rows.Close()
		return 1, nil
	default:
		return 2, rows.Close()
	}
}

func MissingDefault(db *sql.DB, mode int) error {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	switch mode {
	case 0, 1:
		rows.Close()
	}
	return nil
}

func Fallthrough(db *sql.DB, mode int) error {
	rows, err := db.Query("SELECT id FROM t") // ok: each arm ends in the last
	if err != nil {
		return err
	}
	switch mode {
	case 0:
		fallthrough
	case 1:
		fallthrough
	default:
		rows.Close()
	}
	return nil
}

func AcquiredInArms(db *sql.DB, mode int) error {
	var rows *sql.Rows
	var err error
	switch mode {
	case 0:
		rows, err = db.Query("SELECT a FROM t") // ok: one test and one defer for all arms
	case 1:
		rows, err = db.Query("SELECT b FROM t") // ok: one test and one defer for all arms
	default:
		return errMode
	}
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}
	return rows.Err()
}

func AcquiredInArmsOneForgets(db *sql.DB, mode int) error {
	var rows *sql.Rows
	var err error
	switch mode {
	case 0:
		rows, err = db.Query("SELECT a FROM t") // want "rows from .* not closed"
		if err == nil && rows.Next() {
			return nil
		}
	case 1:
		rows, err = db.Query("SELECT b FROM t") // ok: the defer below
	default:
		return errMode
	}
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}
	return rows.Err()
}

func TypeSwitch(db *sql.DB, v any) error {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return err
	}
	switch v.(type) {
	case int, string:
		return rows.Close()
	case nil:
		return errMode
	}
	return rows.Close()
}

func TypeSwitchClosed(db *sql.DB, v any) error {
	rows, err := db.Query("SELECT id FROM t") // ok: each arm closes
	if err != nil {
		return err
	}
	switch v.(type) {
	case nil:
		rows.Close()
		return errMode
	}
	return rows.Close()
}
