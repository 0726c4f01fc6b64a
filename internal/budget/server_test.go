package budget

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"

	"github.com/connlint/connlint/internal/testdb"
	"github.com/connlint/connlint/runtimecheck"
)

func ask(t *testing.T, dsn string) *Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	s, err := Ask(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// count returns how many sessions the server reports in one state, all users.
func (s *Server) count(state string) int {
	n := 0
	for _, c := range s.Sessions {
		if c.State == state {
			n += c.Count
		}
	}
	return n
}

func TestAskPostgres(t *testing.T) {
	dsn := testdb.Postgres(t)
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var most, reserved int
	if err := conn.QueryRow(ctx, "SELECT current_setting('max_connections')::int, current_setting('superuser_reserved_connections')::int").Scan(&most, &reserved); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(ctx, "BEGIN"); err != nil {
		t.Fatal(err)
	}
	s := ask(t, dsn)
	if s.Engine != Postgres || s.Max != most || s.Reserved < reserved || s.Version == "" {
		t.Errorf("%+v; want max %d, reserved %d", s, most, reserved)
	}
	if s.count("idle in transaction") < 1 || s.Connected < 1 {
		t.Errorf("the open transaction is not seen: %+v", s)
	}
}

// A role out of its connections stands for a server out of them: both are SQLSTATE
// 53300, which is no case of an unreachable server. The limit of a role is noted.
func TestAskPostgresFull(t *testing.T) {
	dsn := testdb.Postgres(t)
	ctx := t.Context()
	admin, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(context.Background())
	role := fmt.Sprintf("budget_%d", time.Now().UnixNano())
	if _, err := admin.Exec(ctx, "CREATE ROLE "+role+" LOGIN PASSWORD 'sesame' CONNECTION LIMIT 1"); err != nil {
		t.Fatal(err)
	}
	defer admin.Exec(context.Background(), "DROP ROLE "+role)
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(role, "sesame")
	if q := u.Query(); q.Get("user") != "" {
		q.Set("user", role)
		q.Set("password", "sesame")
		u.RawQuery = q.Encode()
	}
	s := ask(t, u.String())
	if !strings.Contains(strings.Join(s.Notes, "\n"), "role "+role+" is limited to 1 connections") {
		t.Errorf("notes: %q", s.Notes)
	}
	first, err := pgx.Connect(ctx, u.String())
	for end := time.Now().Add(10 * time.Second); err != nil && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond) // the server has not noticed yet that Ask has gone
		first, err = pgx.Connect(ctx, u.String())
	}
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close(context.Background())
	if _, err := Ask(ctx, u.String()); err == nil || !strings.Contains(err.Error(), "out of them now") {
		t.Errorf("%v", err)
	}
}

func TestAskMySQL(t *testing.T) {
	dsn := testdb.MySQL(t)
	ctx := t.Context()
	config, err := mysql.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	c, err := mysql.NewConnector(config)
	if err != nil {
		t.Fatal(err)
	}
	db := runtimecheck.OpenDB(t, c)
	conn, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var most int
	if err := conn.QueryRowContext(ctx, "SELECT @@GLOBAL.max_connections").Scan(&most); err != nil {
		t.Fatal(err)
	}
	s := ask(t, dsn)
	if s.Engine != MySQL && s.Engine != MariaDB || s.Max != most || s.Version == "" {
		t.Errorf("%+v; want max %d", s, most)
	}
	if s.count("sleep") < 1 || s.Connected < 1 {
		t.Errorf("the idle connection is not seen: %+v", s)
	}
	if s.Limit(new(Config)).Reserved != 0 {
		t.Errorf("MySQL reserves %d", s.Reserved)
	}
}

// The URL form reaches the same server as the driver's own.
func TestAskMySQLURL(t *testing.T) {
	conf, err := mysql.ParseDSN(testdb.MySQL(t))
	if err != nil {
		t.Fatal(err)
	}
	if conf.Net != "tcp" {
		t.Skip("the server listens on a socket, which the URL form does not name")
	}
	u := &url.URL{Scheme: "mysql", User: url.UserPassword(conf.User, conf.Passwd), Host: conf.Addr, Path: "/" + conf.DBName}
	if s := ask(t, u.String()); s.Max == 0 {
		t.Errorf("%+v", s)
	}
}

func TestMySQLDSN(t *testing.T) {
	for in, want := range map[string]string{
		"mysql://app:s3:c@db.example/shop":       "app:s3:c@tcp(db.example:3306)/shop",
		"mysql://app@db:3307/?tls=true":          "app@tcp(db:3307)/?tls=true",
		"mariadb://db":                           "tcp(db:3306)/",
		"mysql://a:p%40ss@[::1]/shop?timeout=5s": "a:p@ss@tcp([::1]:3306)/shop?timeout=5s",
	} {
		got, err := mysqlDSN(in)
		if err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", in, got, err, want)
		}
		if _, err := mysql.ParseDSN(got); err != nil {
			t.Errorf("%s: %v", in, err)
		}
	}
}

// A server that is not there is an error and not a pass, and no error shows the
// password.
func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	for _, dsn := range []string{
		"postgres://app:s3cret@" + addr + "/shop",
		"mysql://app:s3cret@" + addr + "/shop",
		"app:s3cret@tcp(" + addr + ")/shop",
		"host=127.0.0.1 port=1 user=app password=s3cret",
		"postgres://app:s3cret@%zz/shop",
		"mysql://app:s3cret@%zz/shop",
		"app:s3cret@tcp(127.0.0.1:1/shop",
	} {
		code, stdout, stderr := run(nil, "-dsn="+dsn, "-timeout=5s")
		if code != 2 || stdout != "" || stderr == "" {
			t.Errorf("%s: exit %d\n%s\n%s", dsn, code, stdout, stderr)
		}
		if strings.Contains(stderr, "s3cret") {
			t.Errorf("the error shows the password: %s", stderr)
		}
	}
}

// A server that accepts and says nothing is given up after the time-out.
func TestSilentServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, scheme := range []string{"postgres", "mysql"} {
		start := time.Now()
		code, _, stderr := run(nil, "-dsn="+scheme+"://app@"+l.Addr().String()+"/shop", "-timeout=300ms")
		if code != 2 || stderr == "" || time.Since(start) > 10*time.Second {
			t.Errorf("%s: exit %d after %v\n%s", scheme, code, time.Since(start), stderr)
		}
	}
}

// The whole command against a live server: over a budget, and within one.
func TestRunDSN(t *testing.T) {
	dsn := testdb.Postgres(t)
	code, stdout, stderr := run(nil, "-dsn="+dsn)
	if code != 0 || !strings.Contains(stdout, "connected now:") || !strings.Contains(stdout, "the server says: postgres") {
		t.Errorf("exit %d\n%s\n%s", code, stdout, stderr)
	}
	t.Setenv("BUDGET_TEST_DSN", dsn)
	cfg := &Config{MaxConnections: 1}
	code, stdout, stderr = run(cfg, "-dsn=env:BUDGET_TEST_DSN", "-workload=etl=100000")
	if code != 1 || !strings.Contains(stdout, "the configuration says max_connections is 1") {
		t.Errorf("exit %d\n%s\n%s", code, stdout, stderr)
	}
}
