// Package gormv1: rows from the first version of gorm, which is another package.
package gormv1

import (
	"database/sql"

	"github.com/jinzhu/gorm"
)

type record struct{ ID int }

// open makes gorm quiet.
func open(pool *sql.DB) (*gorm.DB, error) {
	db, err := gorm.Open("postgres", pool)
	if err != nil {
		return nil, err
	}
	return db.LogMode(false), nil
}

func Leaks(pool *sql.DB) (bool, error) {
	db, err := open(pool)
	if err != nil {
		return false, err
	}
	rows, err := db.Raw("SELECT id FROM t").Rows() // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func Closes(pool *sql.DB) (bool, error) {
	db, err := open(pool)
	if err != nil {
		return false, err
	}
	rows, err := db.Raw("SELECT id FROM t").Rows() // ok: deferred
	if err != nil {
		return false, err
	}
	defer rows.Close()
	return rows.Next(), nil
}

func ScanFails(pool *sql.DB) (ids []int, err error) {
	db, err := open(pool)
	if err != nil {
		return nil, err
	}
	raw := db.Raw("SELECT id FROM t")
	if raw.Error != nil {
		return nil, raw.Error
	}
	rows, err := raw.Rows() // want "rows from .* not closed"
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

func ScanFailsClosed(pool *sql.DB) (ids []int, err error) {
	db, err := open(pool)
	if err != nil {
		return nil, err
	}
	rows, err := db.Raw("SELECT id FROM t").Rows() // ok: closed where the scan fails, and read to the end
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			rows.Close()
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

func ScanRows(pool *sql.DB) (all []record, err error) {
	db, err := open(pool)
	if err != nil {
		return nil, err
	}
	rows, err := db.Table("t").Select("id").Rows() // want "rows from .* not closed"
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var r record
		if err := db.ScanRows(rows, &r); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

// Unlike that of the second version, ScanRows reads one row, whatever it scans into.
func ScanRowsAll(pool *sql.DB) error {
	db, err := open(pool)
	if err != nil {
		return err
	}
	rows, err := db.Raw("SELECT id FROM t").Rows() // want "rows from .* not closed"
	if err != nil || !rows.Next() {
		return err
	}
	var ids []int
	return db.ScanRows(rows, &ids)
}

func ScanRowsClosed(pool *sql.DB) error {
	db, err := open(pool)
	if err != nil {
		return err
	}
	rows, err := db.Raw("SELECT id FROM t").Rows() // ok: deferred
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r record
		if err := db.ScanRows(rows, &r); err != nil {
			return err
		}
	}
	return rows.Err()
}

func Row(pool *sql.DB) (id int, err error) {
	db, err := open(pool)
	if err != nil {
		return 0, err
	}
	err = db.Raw("SELECT id FROM t").Row().Scan(&id) // ok: scanned
	return id, err
}

func RowDropped(pool *sql.DB) error {
	db, err := open(pool)
	if err != nil {
		return err
	}
	return db.Raw("SELECT id FROM t").Row().Err() // want "row from"
}

func Common(pool *sql.DB) (bool, error) {
	db, err := open(pool)
	if err != nil {
		return false, err
	}
	rows, err := db.CommonDB().Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func CommonClosed(pool *sql.DB) (bool, error) {
	db, err := open(pool)
	if err != nil {
		return false, err
	}
	rows, err := db.CommonDB().Query("SELECT id FROM t") // ok: deferred
	if err != nil {
		return false, err
	}
	defer rows.Close()
	return rows.Next(), nil
}

func InTransaction(pool *sql.DB) error {
	db, err := open(pool)
	if err != nil {
		return err
	}
	return db.Transaction(func(tx *gorm.DB) error {
		if tx.Error != nil { // it runs also where Begin has failed
			return tx.Error
		}
		rows, err := tx.Raw("SELECT id FROM t").Rows() // ok: deferred
		if err != nil {
			return err
		}
		defer rows.Close()
		rows.Next()
		return nil
	})
}
