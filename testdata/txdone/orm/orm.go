// Package orm: transactions of gorm and bun.
package orm

import (
	"context"

	"github.com/uptrace/bun"
	"gorm.io/gorm"
)

type row struct{ ID int }

// noexec: needs a dialect
func Gorm(db *gorm.DB) error {
	tx := db.Begin() // want "transaction from .* neither committed nor rolled back"
	if tx.Error != nil {
		return tx.Error
	}
	if err := tx.Create(&row{1}).Error; err != nil {
		return err
	}
	return tx.Commit().Error
}

// noexec: needs a dialect
func GormEnds(db *gorm.DB) error {
	tx := db.Begin() // ok: ended
	if tx.Error != nil {
		return tx.Error
	}
	if err := tx.Create(&row{1}).Error; err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit().Error
}

// noexec: needs a dialect
func GormDeferred(db *gorm.DB) error {
	tx := db.Begin() // ok: deferred
	defer tx.Rollback()
	if err := tx.Create(&row{1}).Error; err != nil {
		return err
	}
	return tx.Commit().Error
}

// noexec: needs a dialect
func GormTransaction(db *gorm.DB) error {
	return db.Transaction(func(tx *gorm.DB) error {
		return tx.Create(&row{1}).Error // ok: Transaction ends it
	})
}

// noexec: needs a dialect
func Bun(ctx context.Context, db *bun.DB) error {
	tx, err := db.BeginTx(ctx, nil) // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	if _, err := tx.NewInsert().Model(&row{1}).Exec(ctx); err != nil {
		return err
	}
	return tx.Commit()
}

// noexec: needs a dialect
func BunEnds(ctx context.Context, db *bun.DB) error {
	tx, err := db.BeginTx(ctx, nil) // ok: deferred
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.NewInsert().Model(&row{1}).Exec(ctx); err != nil {
		return err
	}
	return tx.Commit()
}

// noexec: needs a dialect
func BunRunInTx(ctx context.Context, db *bun.DB) error {
	return db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&row{1}).Exec(ctx) // ok: RunInTx ends it
		return err
	})
}

// noexec: needs a dialect
func GormDerived(ctx context.Context, db *gorm.DB) error {
	tx := db.Begin().WithContext(ctx) // ok: the same transaction under another name, with the same error
	if tx.Error != nil {
		return tx.Error
	}
	if err := tx.Exec("UPDATE t SET a = 1").Error; err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit().Error
}

// noexec: needs a dialect
func GormDerivedLeaks(ctx context.Context, db *gorm.DB) error {
	tx := db.Begin().WithContext(ctx) // want "transaction from .* neither committed nor rolled back"
	if tx.Error != nil {
		return tx.Error
	}
	if err := tx.Exec("UPDATE t SET a = 1").Error; err != nil {
		return err
	}
	return tx.Commit().Error
}

// noexec: needs a dialect
func BunCaptured(ctx context.Context, db *bun.DB) error {
	tx, err := db.BeginTx(ctx, nil) // ok: rolled back in a literal, which captures the struct
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit()
}

// noexec: needs a dialect
func BunCapturedLeaks(ctx context.Context, db *bun.DB, clean bool) error {
	tx, err := db.BeginTx(ctx, nil) // want "transaction from .* neither committed nor rolled back"
	if err != nil {
		return err
	}
	defer func() {
		if clean {
			_ = tx.Rollback()
		}
	}()
	if _, err := tx.ExecContext(ctx, "UPDATE t SET a = 1"); err != nil {
		return err
	}
	return tx.Commit()
}
