// Package gormv1: transactions of the first version of gorm, which is another package.
package gormv1

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jinzhu/gorm"
)

// open makes gorm quiet.
func open(pool *sql.DB) (*gorm.DB, error) {
	db, err := gorm.Open("postgres", pool)
	if err != nil {
		return nil, err
	}
	return db.LogMode(false), nil
}

func Leaks(pool *sql.DB) error {
	db, err := open(pool)
	if err != nil {
		return err
	}
	tx := db.Begin() // want "transaction from .* neither committed nor rolled back"
	if tx.Error != nil {
		return tx.Error
	}
	if err := tx.Exec("UPDATE t SET a = 1").Error; err != nil {
		return err
	}
	return tx.Commit().Error
}

func Ends(pool *sql.DB) error {
	db, err := open(pool)
	if err != nil {
		return err
	}
	tx := db.Begin() // ok: ended
	if tx.Error != nil {
		return tx.Error
	}
	if err := tx.Exec("UPDATE t SET a = 1").Error; err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit().Error
}

func Deferred(pool *sql.DB) error {
	db, err := open(pool)
	if err != nil {
		return err
	}
	tx := db.Begin() // ok: deferred
	defer tx.Rollback()
	if err := tx.Exec("UPDATE t SET a = 1").Error; err != nil {
		return err
	}
	return tx.Commit().Error
}

func UnlessCommitted(pool *sql.DB) error {
	db, err := open(pool)
	if err != nil {
		return err
	}
	tx := db.Begin() // ok: deferred
	defer tx.RollbackUnlessCommitted()
	if err := tx.Exec("UPDATE t SET a = 1").Error; err != nil {
		return err
	}
	return tx.Commit().Error
}

func NotBegun(pool *sql.DB, name string) error {
	db, err := open(pool)
	if err != nil {
		return err
	}
	tx := db.Begin() // want "transaction from .* neither committed nor rolled back"
	if name == "bad" {
		return errors.New("a bad name")
	}
	if err := tx.Exec("UPDATE t SET a = 1").Error; err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit().Error
}

func WithContext(ctx context.Context, pool *sql.DB) error {
	db, err := open(pool)
	if err != nil {
		return err
	}
	tx := db.BeginTx(ctx, nil) // want "transaction from .* neither committed nor rolled back"
	if tx.Error != nil {
		return tx.Error
	}
	if err := tx.Exec("UPDATE t SET a = 1").Error; err != nil {
		return err
	}
	return tx.Commit().Error
}

func WithContextEnds(ctx context.Context, pool *sql.DB) error {
	db, err := open(pool)
	if err != nil {
		return err
	}
	tx := db.BeginTx(ctx, nil) // ok: ended
	if tx.Error != nil {
		return tx.Error
	}
	if err := tx.Exec("UPDATE t SET a = 1").Error; err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit().Error
}

// Its documentation shows this.
func Recovers(pool *sql.DB) error {
	db, err := open(pool)
	if err != nil {
		return err
	}
	tx := db.Begin() // ok: ended
	defer func() {
		if r := recover(); r != nil {
			tx.Rollback()
		}
	}()
	if err := tx.Error; err != nil {
		return err
	}
	if err := tx.Exec("UPDATE t SET a = 1").Error; err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit().Error
}

func Transaction(pool *sql.DB) error {
	db, err := open(pool)
	if err != nil {
		return err
	}
	return db.Transaction(func(tx *gorm.DB) error {
		return tx.Exec("UPDATE t SET a = 1").Error // ok: Transaction ends it
	})
}

func UnderAnotherName(pool *sql.DB) error {
	db, err := open(pool)
	if err != nil {
		return err
	}
	tx := db.Begin() // ok: ended
	if tx.Error != nil {
		return tx.Error
	}
	same := tx.New().Set("key", "value")
	if err := same.Exec("UPDATE t SET a = 1").Error; err != nil {
		same.Rollback()
		return err
	}
	return same.Commit().Error
}
