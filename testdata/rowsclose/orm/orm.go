// Package orm: where gorm, bun and squirrel hand out rows of database/sql.
package orm

import (
	"context"

	sq "github.com/Masterminds/squirrel"
	"github.com/georgysavva/scany/v2/sqlscan"
	"github.com/uptrace/bun"
	"gorm.io/gorm"
)

// noexec: needs a dialect
func Gorm(db *gorm.DB) (bool, error) {
	rows, err := db.Table("t").Select("id").Rows() // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

// noexec: needs a dialect
func GormClosed(db *gorm.DB) ([]int, error) {
	rows, err := db.Table("t").Select("id").Rows() // ok: deferred
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []int
	for rows.Next() {
		var id int
		if err := db.ScanRows(rows, &id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// noexec: needs a dialect
func GormScanRows(db *gorm.DB) error {
	rows, err := db.Raw("SELECT id FROM t").Rows() // want "rows from .* not closed"
	if err != nil {
		return err
	}
	var id int
	return db.ScanRows(rows, &id)
}

// noexec: needs a dialect
func GormRow(db *gorm.DB) (id int, err error) {
	err = db.Raw("SELECT id FROM t").Row().Scan(&id) // ok: scanned
	return id, err
}

// noexec: needs a dialect
func GormRowDropped(db *gorm.DB) error {
	return db.Raw("SELECT id FROM t").Row().Err() // want "row from"
}

// noexec: needs a dialect
func Bun(ctx context.Context, db *bun.DB) (bool, error) {
	rows, err := db.NewSelect().Table("t").Rows(ctx) // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

// noexec: needs a dialect
func BunScanRows(ctx context.Context, db *bun.DB) (ids []int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: ScanRows closes
	if err != nil {
		return nil, err
	}
	err = db.ScanRows(ctx, rows, &ids)
	return ids, err
}

// noexec: needs a dialect
func BunScanRow(ctx context.Context, db *bun.DB) (id int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return 0, err
	}
	if rows.Next() {
		err = db.ScanRow(ctx, rows, &id)
	}
	return id, err
}

// noexec: needs a runner
func Squirrel(ctx context.Context, runner sq.BaseRunner) (bool, error) {
	rows, err := sq.Select("id").From("t").RunWith(runner).QueryContext(ctx) // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

// noexec: needs a runner
func SquirrelScan(ctx context.Context, runner sq.BaseRunner) (id int, err error) {
	err = sq.Select("id").From("t").RunWith(runner).QueryRowContext(ctx).Scan(&id) // ok: scanned
	return id, err
}

// noexec: needs a runner
func Scany(ctx context.Context, runner sq.BaseRunner) (ids []int, err error) {
	rows, err := sq.Select("id").From("t").RunWith(runner).QueryContext(ctx) // ok: ScanAll closes
	if err != nil {
		return nil, err
	}
	err = sqlscan.ScanAll(&ids, rows)
	return ids, err
}

// noexec: needs a runner
func ScanyRow(ctx context.Context, runner sq.BaseRunner) (id int, err error) {
	rows, err := sq.Select("id").From("t").RunWith(runner).QueryContext(ctx) // want "rows from .* not closed"
	if err != nil {
		return 0, err
	}
	if rows.Next() {
		err = sqlscan.ScanRow(&id, rows)
	}
	return id, err
}
