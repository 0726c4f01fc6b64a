// Package sqlxstmt: the statements of sqlx.
package sqlxstmt

import "github.com/jmoiron/sqlx"

type user struct {
	ID int `db:"id"`
}

func Preparex(db *sqlx.DB) (u user, err error) {
	stmt, err := db.Preparex("SELECT id FROM t") // want "statement from .* not closed"
	if err != nil {
		return u, err
	}
	return u, stmt.Get(&u)
}

func PreparexClosed(db *sqlx.DB) (u user, err error) {
	stmt, err := db.Preparex("SELECT id FROM t") // ok: deferred
	if err != nil {
		return u, err
	}
	defer stmt.Close()
	return u, stmt.Get(&u)
}

func Named(db *sqlx.DB) error {
	stmt, err := db.PrepareNamed("UPDATE t SET a = 1 WHERE id = :id") // want "statement from .* not closed"
	if err != nil {
		return err
	}
	_, err = stmt.Exec(user{1})
	return err
}

func NamedClosed(db *sqlx.DB) error {
	stmt, err := db.PrepareNamed("UPDATE t SET a = 1 WHERE id = :id") // ok: deferred
	if err != nil {
		return err
	}
	defer stmt.Close()
	_, err = stmt.Exec(user{1})
	return err
}

func InTx(db *sqlx.DB) error {
	tx, err := db.Beginx()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	stmt, err := tx.PrepareNamed("UPDATE t SET a = 1 WHERE id = :id") // ok: closed with the transaction
	if err != nil {
		return err
	}
	if _, err := stmt.Exec(user{1}); err != nil {
		return err
	}
	return tx.Commit()
}
