// Package startup: the first contact of a library that opens the pool.
package startup

import (
	"context"
	"database/sql"
	"errors"
	"log"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jmoiron/sqlx"
	"gorm.io/driver/mysql"
	"gorm.io/gorm"
)

func Open(dsn string) (*sql.DB, error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	if err := db.Ping(); err != nil { // want `\(\*sql\.DB\)\.Ping is tried once when the pool is opened`
		db.Close()
		return nil, err
	}
	return db, nil
}

type Store struct{ db *sql.DB }

func NewStore(dsn string) (*Store, error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	s := &Store{db: db}
	return s, s.db.Ping() // want `\(\*sql\.DB\)\.Ping is tried once`
}

func OpenPool(ctx context.Context, dsn string) (*pgxpool.Pool, error) {
	pool, err := pgxpool.New(ctx, dsn)
	if err != nil {
		return nil, err
	}
	if err = pool.Ping(ctx); err != nil { // want `\(\*pgxpool\.Pool\)\.Ping is tried once`
		return nil, err
	}
	return pool, nil
}

func OpenSqlx(dsn string) (*sqlx.DB, error) {
	return sqlx.Connect("pgx", dsn) // want `sqlx\.Connect is tried once`
}

func OpenGorm(dsn string) (*gorm.DB, error) {
	db, err := gorm.Open(mysql.Open(dsn), &gorm.Config{}) // want `gorm\.Open is tried once`
	if err != nil {
		return nil, errors.Join(errors.New("no database"), err)
	}
	return db, nil
}

func MustOpen(dsn string) *sqlx.DB {
	db, err := sqlx.Connect("pgx", dsn) // want `the process ends when sqlx\.Connect fails once`
	if err != nil {
		log.Fatal(err)
	}
	return db
}

func Lock(ctx context.Context, db *sql.DB) *sql.Conn {
	conn, err := db.Conn(ctx) // want `the process ends when \(\*sql\.DB\)\.Conn fails once`
	if err != nil {
		panic(err)
	}
	return conn
}

// Health reports to whoever asks: it is no start.
func (s *Store) Health() error { return s.db.Ping() }

// OpenRetrying tries again.
func OpenRetrying(ctx context.Context, dsn string) (*sql.DB, error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	for range 10 {
		if err = db.PingContext(ctx); err == nil { // ok: tried ten times
			return db, nil
		}
		time.Sleep(time.Second)
	}
	return nil, err
}

// OpenAnyway goes on without the database: the pool connects when it is there.
func OpenAnyway(dsn string) (*sql.DB, error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	if err := db.Ping(); err != nil { // ok: it is only said
		log.Print("the database is not there yet: ", err)
	}
	return db, nil
}

// Copy opens a pool for one job and closes it.
func Copy(ctx context.Context, dsn string) error {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.PingContext(ctx); err != nil { // ok: whoever wants the copy sees the error
		return err
	}
	_, err = db.ExecContext(ctx, "INSERT INTO copy SELECT * FROM original")
	return err
}

// openOnce is tried again by its only caller.
func openOnce(dsn string) (*sql.DB, error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	if err := db.Ping(); err != nil { // ok: OpenLoop tries again
		db.Close()
		return nil, err
	}
	return db, nil
}

func OpenLoop(dsn string) *sql.DB {
	for {
		db, err := openOnce(dsn)
		if err == nil {
			return db
		}
		time.Sleep(time.Second)
	}
}

// OpenAgain tries again by calling itself.
func OpenAgain(dsn string, attempts int) (*sql.DB, error) {
	db, err := sqlx.Connect("pgx", dsn) // ok: by recursion
	if err != nil {
		if attempts == 0 {
			return nil, err
		}
		time.Sleep(time.Second)
		return OpenAgain(dsn, attempts-1)
	}
	return db.DB, nil
}
