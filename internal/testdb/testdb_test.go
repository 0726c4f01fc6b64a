package testdb

import (
	"context"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"

	"github.com/connlint/connlint/runtimecheck"
)

func TestPostgres(t *testing.T) {
	t.Parallel()
	first, second := Postgres(t), Postgres(t)
	if first == second {
		t.Fatalf("two calls gave the same database: %s", first)
	}
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, first)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "CREATE TABLE t (n int)"); err != nil {
		t.Fatal(err)
	}
	other, err := pgx.Connect(ctx, second)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(ctx)
	var found *string
	if err := other.QueryRow(ctx, "SELECT to_regclass('t')::text").Scan(&found); err != nil || found != nil {
		t.Errorf("the second database has the first one's table: %v, %v", found, err)
	}
	var version, prepared int
	var super bool
	err = conn.QueryRow(ctx, `SELECT current_setting('server_version_num')::int, current_setting('max_prepared_transactions')::int,
		(SELECT rolsuper FROM pg_roles WHERE rolname = current_user)`).Scan(&version, &prepared, &super)
	if err != nil {
		t.Fatal(err)
	}
	if version < 130000 || !super {
		t.Errorf("version %d, superuser %v: want 13 or newer and a superuser", version, super)
	}
}

// The database is dropped also when something is still connected to it.
func TestPostgresDropped(t *testing.T) {
	t.Parallel()
	var name string
	t.Run("use", func(t *testing.T) {
		conn, err := pgx.Connect(t.Context(), Postgres(t))
		if err != nil {
			t.Fatal(err)
		}
		name = conn.Config().Database // conn is left open on purpose
	})
	admin, err := pgx.Connect(t.Context(), PostgresAdmin(t))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(context.Background())
	var exists bool
	if err := admin.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&exists); err != nil || exists {
		t.Errorf("database %s exists after its test: %v, %v", name, exists, err)
	}
}

func TestMySQL(t *testing.T) {
	t.Parallel()
	config, err := mysql.ParseDSN(MySQL(t))
	if err != nil {
		t.Fatal(err)
	}
	c, err := mysql.NewConnector(config)
	if err != nil {
		t.Fatal(err)
	}
	db := runtimecheck.OpenDB(t, c) // what connlint asks of others
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE t (n int)"); err != nil {
		t.Fatal(err)
	}
	var tables int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM information_schema.tables WHERE table_schema = database()").Scan(&tables); err != nil || tables != 1 {
		t.Errorf("%d tables in a fresh database after CREATE TABLE, %v: want 1", tables, err)
	}
}

func TestPgBouncer(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), PgBouncer(t, Postgres(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var pid uint32
	err = conn.QueryRow(t.Context(), "SELECT pg_backend_pid()", pgx.QueryExecModeSimpleProtocol).Scan(&pid)
	if err != nil {
		t.Fatal(err)
	}
	if pid == conn.PgConn().PID() {
		t.Errorf("the server's pid %d is the one the client knows: this is no PgBouncer", pid)
	}
}

// Servers that the environment names are used as they are, with fresh databases on them.
func TestGivenServers(t *testing.T) {
	postgres, mysql := PostgresAdmin(t), MySQLAdmin(t) // servers for this process, which play the given ones
	for variable, dsn := range map[string]string{"CONNLINT_POSTGRES_DSN": postgres + "&application_name=given", "CONNLINT_MYSQL_DSN": mysql + "?maxAllowedPacket=1234"} {
		t.Setenv(variable, dsn)
	}
	if dsn := Postgres(t); !strings.Contains(dsn, "application_name=given") || strings.Contains(dsn, "/postgres?") {
		t.Errorf("Postgres returned %s", dsn)
	}
	if dsn := MySQL(t); !strings.Contains(dsn, "maxAllowedPacket=1234") || strings.Contains(dsn, "/?") {
		t.Errorf("MySQL returned %s", dsn)
	}
}
