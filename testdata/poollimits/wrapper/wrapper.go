// Package wrapper: sqlx and gorm, whose pools are set through what they wrap.
package wrapper

import (
	"database/sql"
	"os"
	"time"

	"github.com/jmoiron/sqlx"
	"gorm.io/driver/mysql"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

type store struct {
	x *sqlx.DB
	g *gorm.DB
}

func sqlxForgets() *store {
	db := sqlx.MustConnect("postgres", os.Getenv("DSN")) // want `db from sqlx.MustConnect has no SetMaxOpenConns and no SetConnMaxLifetime`
	return &store{x: db}
}

func sqlxSets() (*store, error) {
	db, err := sqlx.Connect("postgres", os.Getenv("DSN")) // ok: promoted methods, and the pool inside
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(5)
	db.DB.SetConnMaxLifetime(time.Hour)
	return &store{x: db}, nil
}

func sqlxAround() (*store, error) {
	db, err := sql.Open("postgres", os.Getenv("DSN")) // ok: set through the wrapper
	if err != nil {
		return nil, err
	}
	x := sqlx.NewDb(db, "postgres")
	x.SetMaxOpenConns(5)
	x.SetConnMaxLifetime(time.Hour)
	return &store{x: x}, nil
}

func gormForgets() (*store, error) {
	db, err := gorm.Open(postgres.Open(os.Getenv("DSN")), &gorm.Config{}) // want `db from gorm.Open has no SetMaxOpenConns and no SetConnMaxLifetime`
	if err != nil {
		return nil, err
	}
	return &store{g: db}, nil
}

func gormSets() (*store, error) {
	db, err := gorm.Open(mysql.Open(os.Getenv("DSN")), &gorm.Config{}) // ok: through DB
	if err != nil {
		return nil, err
	}
	pool, err := db.DB()
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(5)
	pool.SetConnMaxLifetime(time.Hour)
	return &store{g: db}, nil
}

func gormAround() (*store, error) {
	pool, err := sql.Open("postgres", os.Getenv("DSN")) // ok: set below
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(5)
	pool.SetConnMaxLifetime(time.Hour)
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: pool})) // ok: opens nothing
	return &store{g: db}, err
}
