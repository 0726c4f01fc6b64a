// Package sqlxrows: sqlx imports database/sql for its users; they may import nothing else.
package sqlxrows

import (
	"context"

	"github.com/jmoiron/sqlx"
)

type user struct {
	ID int `db:"id"`
}

func Queryx(db *sqlx.DB) ([]user, error) {
	rows, err := db.Queryx("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return nil, err
	}
	var out []user
	for rows.Next() {
		var u user
		if err := rows.StructScan(&u); err != nil {
			return nil, err
		}
		out = append(out, u)
	}
	return out, rows.Err()
}

func QueryxClosed(db *sqlx.DB) ([]user, error) {
	rows, err := db.Queryx("SELECT id FROM t") // ok: deferred
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []user
	for rows.Next() {
		var u user
		if err := rows.StructScan(&u); err != nil {
			return nil, err
		}
		out = append(out, u)
	}
	return out, rows.Err()
}

// The promoted method of the embedded *sql.DB.
func Query(db *sqlx.DB) (bool, error) {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func QueryClosed(db *sqlx.DB) (bool, error) {
	rows, err := db.Query("SELECT id FROM t") // ok: deferred
	if err != nil {
		return false, err
	}
	defer rows.Close()
	return rows.Next(), nil
}

// StructScan leaves the rows open where it fails.
func StructScan(db *sqlx.DB) (out []user, err error) {
	rows, err := db.Queryx("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return nil, err
	}
	return out, sqlx.StructScan(rows, &out)
}

func StructScanClosed(db *sqlx.DB) (out []user, err error) {
	rows, err := db.Queryx("SELECT id FROM t") // ok: where StructScan fails it leaves the rows open, the defer does not
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return out, sqlx.StructScan(rows, &out)
}

func Select(ctx context.Context, db *sqlx.DB) (out []user, err error) {
	err = db.SelectContext(ctx, &out, "SELECT id FROM t") // ok: Select closes
	return out, err
}

func Get(ctx context.Context, db *sqlx.DB) (u user, err error) {
	err = db.GetContext(ctx, &u, "SELECT id FROM t") // ok: Get closes
	return u, err
}

func NamedQuery(db *sqlx.DB, id int) (bool, error) {
	rows, err := db.NamedQuery("SELECT id FROM t WHERE id = :id", user{id}) // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func NamedQueryClosed(db *sqlx.DB, id int) (bool, error) {
	rows, err := db.NamedQuery("SELECT id FROM t WHERE id = :id", user{id}) // ok: deferred
	if err != nil {
		return false, err
	}
	defer rows.Close()
	return rows.Next(), nil
}

func Row(db *sqlx.DB) error {
	row := db.QueryRowx("SELECT id FROM t") // want "row from"
	return row.Err()
}

func RowScanned(db *sqlx.DB) (u user, err error) {
	err = db.QueryRowx("SELECT id FROM t").StructScan(&u) // ok: scanned
	return u, err
}

func RowMapped(db *sqlx.DB) (map[string]any, error) {
	m := map[string]any{}
	err := db.QueryRowx("SELECT id FROM t").MapScan(m) // ok: scanned
	return m, err
}

// rows.Rows is the embedded *sql.Rows.
func Embedded(db *sqlx.DB) error {
	rows, err := db.Queryx("SELECT id FROM t") // ok: closed through the embedded field
	if err != nil {
		return err
	}
	defer rows.Rows.Close()
	rows.Next()
	return nil
}

func InTx(db *sqlx.DB) (bool, error) {
	tx, err := db.Beginx()
	if err != nil {
		return false, err
	}
	defer tx.Rollback()
	rows, err := tx.Queryx("SELECT id FROM t") // ok: ends with the transaction
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

func Unsafe(db *sqlx.DB) (bool, error) {
	rows, err := db.Unsafe().Queryx("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}
