// Package startup: the first contact, in a library.
package startup

import (
	"context"
	"database/sql"
	"log"
	"net"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jmoiron/sqlx"
	"gorm.io/driver/mysql"
	"gorm.io/gorm"
)

// Open opens the database of the program.
func Open() (*sql.DB, error) {
	db, err := sql.Open("pgx", os.Getenv("DSN"))
	if err != nil {
		return nil, err
	}
	if err := db.Ping(); err != nil { // want `\(\*sql\.DB\)\.Ping is tried once when the pool is opened`
		db.Close()
		return nil, err
	}
	return db, nil
}

// OpenNamed opens what it is told to.
func OpenNamed(dsn string) (*sql.DB, error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	if err := db.Ping(); err != nil { // ok: whoever tells may try again
		db.Close()
		return nil, err
	}
	return db, nil
}

type Store struct{ db *sql.DB }

func newStore(dsn string) (*Store, error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	s := &Store{db: db}
	return s, s.db.Ping() // want `the process ends when \(\*sql\.DB\)\.Ping fails once`
}

func MustNewStore(dsn string) *Store {
	s, err := newStore(dsn) // ok: said there
	if err != nil {
		panic(err)
	}
	return s
}

func connect(s *Store, dsn string) (err error) {
	s.db, err = sql.Open("pgx", dsn)
	return err
}

func Initialize() (*Store, error) {
	s := &Store{}
	if err := connect(s, os.Getenv("DSN")); err != nil {
		return nil, err
	}
	if err := s.db.Ping(); err != nil { // want `is tried once when the pool is opened`
		return nil, err
	}
	return s, nil
}

func MustOpenPool(ctx context.Context, dsn string) *pgxpool.Pool {
	pool, err := pgxpool.New(ctx, dsn)
	if err != nil {
		log.Fatal(err)
	}
	if err = pool.Ping(ctx); err != nil { // want `the process ends when \(\*pgxpool\.Pool\)\.Ping fails once`
		log.Fatal(err)
	}
	return pool
}

func MustOpenGorm(dsn string) *gorm.DB {
	db, err := gorm.Open(mysql.Open(dsn), &gorm.Config{}) // want `the process ends when gorm\.Open fails once`
	if err != nil {
		log.Printf("no database: %v", err)
		os.Exit(1)
	}
	return db
}

func MustOpen(dsn string) *sqlx.DB {
	db, err := sqlx.Connect("pgx", dsn) // want `the process ends when sqlx\.Connect fails once`
	if err != nil {
		log.Fatal(err)
	}
	return db
}

// lockOnce hands the error out: it took the connection for a purpose of its own.
func lockOnce(ctx context.Context, db *sql.DB) (*sql.Conn, error) { return db.Conn(ctx) }

func MustLock(ctx context.Context, db *sql.DB) *sql.Conn {
	conn, err := lockOnce(ctx, db) // ok: what for, only lockOnce knows
	if err != nil {
		panic(err)
	}
	return conn
}

func Lock(ctx context.Context, db *sql.DB) *sql.Conn {
	conn, err := db.Conn(ctx) // ok: who opened the pool may have waited for the server
	if err != nil {
		panic(err)
	}
	return conn
}

func OpenAndLock(ctx context.Context) *sql.Conn {
	db, err := sql.Open("pgx", os.Getenv("DSN"))
	if err != nil {
		panic(err)
	}
	conn, err := db.Conn(ctx) // want `the process ends when \(\*sql\.DB\)\.Conn fails once`
	if err != nil {
		panic(err)
	}
	return conn
}

// OpenThenPing goes on with the pool that could not reach the server, and asks again.
func OpenThenPing(dsn string) *gorm.DB {
	db, err := gorm.Open(mysql.Open(dsn), &gorm.Config{}) // ok: asked again below
	pool, poolErr := db.DB()
	if poolErr != nil {
		log.Fatal(poolErr)
	}
	if err != nil {
		for range 5 {
			if pool.Ping() == nil {
				return db
			}
			time.Sleep(time.Second)
		}
		log.Fatal(err)
	}
	return db
}

// retryDialing makes a pool try again by itself.
func retryDialing(cfg *pgxpool.Config) {
	dial := cfg.ConnConfig.DialFunc
	cfg.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (conn net.Conn, err error) {
		for range 10 {
			if conn, err = dial(ctx, network, addr); err == nil {
				return conn, nil
			}
			time.Sleep(time.Second)
		}
		return nil, err
	}
}

func MustOpenRetryingPool(ctx context.Context, dsn string) *pgxpool.Pool {
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		log.Fatal(err)
	}
	retryDialing(cfg)
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		log.Fatal(err)
	}
	if err := pool.Ping(ctx); err != nil { // ok: it dials ten times
		log.Fatal(err)
	}
	return pool
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

func MustOpenRetrying(ctx context.Context, dsn string) *sql.DB {
	db, err := OpenRetrying(ctx, dsn) // ok: it has tried ten times
	if err != nil {
		log.Fatal(err)
	}
	return db
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
