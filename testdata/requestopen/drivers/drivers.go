// Package drivers: every way to open.
package drivers

import (
	"context"
	"database/sql"
	"net/http"
	"os"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jmoiron/sqlx"
	gormmysql "gorm.io/driver/mysql"
	"gorm.io/gorm"
)

func serve(w http.ResponseWriter, r *http.Request) {
	connector(r.Context())
	session(r.Context())
	pool(r.Context())
	wrapped()
	orm()
}

func connector(ctx context.Context) error {
	cfg := mysql.NewConfig()
	cfg.Addr = os.Getenv("ADDR")
	c, err := mysql.NewConnector(cfg)
	if err != nil {
		return err
	}
	db := sql.OpenDB(c) // want `sql.OpenDB opens a pool for every request`
	return db.PingContext(ctx)
}

func session(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, os.Getenv("DSN")) // want `pgx.Connect opens a connection for every request: each pays for a new session`
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

func pool(ctx context.Context) error {
	cfg, err := pgxpool.ParseConfig(os.Getenv("DSN"))
	if err != nil {
		return err
	}
	p, err := pgxpool.NewWithConfig(ctx, cfg) // want `pgxpool.NewWithConfig opens a pool for every request`
	if err != nil {
		return err
	}
	return p.Ping(ctx)
}

func wrapped() error {
	db := sqlx.MustConnect("mysql", os.Getenv("DSN")) // want `sqlx.MustConnect opens a pool for every request`
	return db.Ping()
}

func orm() error {
	db, err := gorm.Open(gormmysql.Open(os.Getenv("DSN"))) // want `gorm.Open opens a pool for every request`
	if err != nil {
		return err
	}
	return db.Exec("SELECT 1").Error
}
