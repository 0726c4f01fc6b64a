package testdb

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
)

// patience is how long a server may take to start, and a statement of this
// package to run, on a machine that is busy with other tests.
const patience = 60 * time.Second

// The variables that name servers to use.
const (
	postgresVariable = "CONNLINT_POSTGRES_DSN"
	mysqlVariable    = "CONNLINT_MYSQL_DSN"
)

// Postgres returns the URL of a fresh PostgreSQL database that only tb uses. It
// is dropped, and what is still connected to it thrown out, when tb ends.
func Postgres(tb testing.TB) string {
	tb.Helper()
	admin := PostgresAdmin(tb)
	name := freshName()
	postgresExec(tb, admin, "CREATE DATABASE "+name)
	tb.Cleanup(func() { postgresExec(tb, admin, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	u, err := url.Parse(admin)
	if err != nil {
		tb.Fatalf("testdb: %v", err)
	}
	u.Path = "/" + name
	return u.String()
}

// MySQL returns the DSN, in the form of go-sql-driver, of a fresh database on
// MariaDB or MySQL that only tb uses. It is dropped when tb ends.
func MySQL(tb testing.TB) string {
	tb.Helper()
	admin := MySQLAdmin(tb)
	name := freshName()
	mysqlExec(tb, admin, "CREATE DATABASE "+name)
	tb.Cleanup(func() { mysqlExec(tb, admin, "DROP DATABASE IF EXISTS "+name) })
	cfg, err := mysql.ParseDSN(admin)
	if err != nil {
		tb.Fatalf("testdb: %v", err)
	}
	cfg.DBName = name
	return cfg.FormatDSN()
}

// PostgresAdmin returns the URL of the server's maintenance database, as
// superuser. It is shared by all tests: make nothing in it.
func PostgresAdmin(tb testing.TB) string {
	tb.Helper()
	return adminDSN(tb, postgresVariable, startedPostgres)
}

// SharedPostgres returns what PostgresAdmin does, outside a test. The server stays for
// as long as this process.
func SharedPostgres() (string, error) {
	if dsn := os.Getenv(postgresVariable); dsn != "" {
		return dsn, nil
	}
	return startedPostgres()
}

// MySQLAdmin returns a DSN without a database for a user with all privileges on
// the MariaDB or MySQL server that all tests share.
func MySQLAdmin(tb testing.TB) string {
	tb.Helper()
	return adminDSN(tb, mysqlVariable, startedMySQL)
}

// PgBouncer starts a PgBouncer in transaction mode before the PostgreSQL server
// of dsn and returns dsn with its address in it. It is stopped when tb ends.
func PgBouncer(tb testing.TB, dsn string) string {
	tb.Helper()
	if testing.Short() {
		tb.Skip("testdb: needs a PgBouncer, left out by -short")
	}
	bounced, leave, err := bounce(dsn)
	if err != nil {
		tb.Fatalf("testdb: %v", err)
	}
	tb.Cleanup(func() { leave() })
	return bounced
}

// The processes of one run share a server; the tests of one process also share
// the connection to its keeper, which says that this process still needs it.
var (
	startedPostgres = sync.OnceValues(func() (string, error) { return join(postgresServer) })
	startedMySQL    = sync.OnceValues(func() (string, error) { return join(mysqlServer) })
)

func adminDSN(tb testing.TB, variable string, shared func() (string, error)) string {
	tb.Helper()
	if testing.Short() {
		tb.Skip("testdb: needs a database server, left out by -short")
	}
	if dsn := os.Getenv(variable); dsn != "" {
		return dsn
	}
	dsn, err := shared()
	if err != nil {
		tb.Fatalf("testdb: %v; or name a server with %s", err, variable)
	}
	return dsn
}

// freshName returns a database name that no other test, process or machine
// using the same server has.
func freshName() string { return "connlint_" + randomHex(6) }

func randomHex(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

func postgresExec(tb testing.TB, dsn, statement string) {
	tb.Helper()
	// Not tb.Context(): it is cancelled before the cleanups run.
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		tb.Fatalf("testdb: %v", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		tb.Fatalf("testdb: %s: %v", statement, err)
	}
}

func mysqlExec(tb testing.TB, dsn, statement string) {
	tb.Helper()
	if err := mysqlRun(dsn, statement); err != nil {
		tb.Fatalf("testdb: %s: %v", statement, err)
	}
}

func mysqlRun(dsn, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		return fmt.Errorf("data source name: %w", err)
	}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	_, err = db.ExecContext(ctx, statement)
	return err
}
