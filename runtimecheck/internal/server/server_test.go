package server_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/lib/pq"

	"github.com/connlint/connlint/internal/testdb"
	"github.com/connlint/connlint/runtimecheck"
)

// A database is a real server and a driver for it.
type database struct {
	name    string
	connect driver.Connector
	admin   *sql.DB // another handle on the same database
}

// databases returns a fresh database for each driver.
func databases(t *testing.T) []database {
	t.Helper()
	return append(postgresDatabases(t), mysqlDatabase(t, testdb.MySQL(t)))
}

func postgresDatabases(t *testing.T) []database {
	t.Helper()
	dsn := testdb.Postgres(t)
	cfg := must(pgx.ParseConfig(dsn))
	admin := open(t, stdlib.GetConnector(*cfg))
	return []database{
		{"pgx", stdlib.GetConnector(*cfg), admin},
		{"pq", must(pq.NewConnector(dsn)), admin},
	}
}

func mysqlDatabase(t *testing.T, dsn string) database {
	t.Helper()
	connector := must(mysql.NewConnector(must(mysql.ParseDSN(dsn))))
	return database{"mysql", connector, open(t, connector)}
}

func open(t *testing.T, c driver.Connector) *sql.DB {
	t.Helper()
	db := sql.OpenDB(c)
	t.Cleanup(func() { db.Close() })
	return db
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// leaksOf runs code in a test of its own and returns what is reported of its handle.
func leaksOf(t *testing.T, c driver.Connector, code func(context.Context, *sql.DB), opts ...runtimecheck.Option) (got []runtimecheck.Leak) {
	t.Helper()
	t.Run("code", func(t *testing.T) {
		opts = append(opts, runtimecheck.Settle(100*time.Millisecond), runtimecheck.OnLeak(func(e *runtimecheck.LeakError) {
			t.Log(e)
			got = e.Leaks
		}))
		code(t.Context(), runtimecheck.OpenDB(t, c, opts...))
	})
	return got
}

func (d database) exec(t *testing.T, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := d.admin.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func hasLock(s *runtimecheck.ServerSession, part string) bool {
	return s != nil && slices.ContainsFunc(s.Locks, func(l string) bool { return strings.Contains(l, part) })
}

// Tx × server: the transaction's age and locks are told.
func TestTx(t *testing.T) {
	t.Parallel()
	for _, d := range databases(t) {
		t.Run(d.name, func(t *testing.T) {
			d.exec(t, "CREATE TABLE accounts_"+d.name+" (id int PRIMARY KEY, balance int)", "INSERT INTO accounts_"+d.name+" VALUES (1, 10)")
			got := leaksOf(t, d.connect, func(_ context.Context, db *sql.DB) {
				tx := must(db.Begin())
				must(tx.Exec("UPDATE accounts_" + d.name + " SET balance = balance - 1 WHERE id = 1"))
			}, runtimecheck.Server(d.admin))
			if len(got) != 1 || got[0].Kind != runtimecheck.KindTx || got[0].Server == nil {
				t.Fatalf("want one Tx with what the server says, got %+v", got)
			}
			s := got[0].Server
			state, lock := "idle in transaction", "accounts_"+d.name+" RowExclusiveLock"
			if d.name == "mysql" {
				state, lock = "Sleep", "1 rows"
			}
			if s.State != state || s.TxAge <= 0 || s.TxAge > time.Minute || !hasLock(s, lock) {
				t.Errorf("server says %+v, want state %q, an age, and lock %q", s, state, lock)
			}
			// Reported, then closed by force: the row is free.
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if _, err := d.admin.ExecContext(ctx, "UPDATE accounts_"+d.name+" SET balance = 0 WHERE id = 1"); err != nil {
				t.Errorf("the leaked transaction still holds its lock: %v", err)
			}
		})
	}
}

// Rows, Conn × server: their sessions are idle, so the server adds no finding of its own.
func TestRowsAndConnAreIdleForTheServer(t *testing.T) {
	t.Parallel()
	for _, d := range databases(t) {
		t.Run(d.name, func(t *testing.T) {
			got := leaksOf(t, d.connect, func(_ context.Context, db *sql.DB) {
				must(db.Query("SELECT 1"))
				must(db.Conn(context.Background()))
			}, runtimecheck.Server(d.admin))
			for _, l := range got {
				if l.Kind == runtimecheck.KindSession {
					t.Errorf("the server check reports %+v", l)
				}
			}
			if len(got) != 2 {
				t.Errorf("%d leaks, want the two of the client side", len(got))
			}
		})
	}
}

// Transaction begun as SQL × server: nothing is in use on the client.
func TestTxBySQLOnPooledConnection(t *testing.T) {
	t.Parallel()
	for _, d := range databases(t) {
		t.Run(d.name, func(t *testing.T) {
			d.exec(t, "CREATE TABLE dirty_"+d.name+" (id int)")
			got := leaksOf(t, d.connect, func(_ context.Context, db *sql.DB) { beginBySQL(db, "dirty_"+d.name) }, runtimecheck.Server(d.admin))
			if len(got) != 1 || got[0].Kind != runtimecheck.KindSession || got[0].Server == nil || got[0].Server.TxAge <= 0 {
				t.Fatalf("want one transaction seen by the server, got %+v", got)
			}
			wantStack(t, got[0], "beginBySQL")
		})
	}
}

func beginBySQL(db *sql.DB, table string) {
	c := must(db.Conn(context.Background()))
	must(c.ExecContext(context.Background(), "BEGIN"))
	must(c.ExecContext(context.Background(), "INSERT INTO "+table+" VALUES (1)"))
	c.Close()
}

func wantStack(t *testing.T, l runtimecheck.Leak, function string) {
	t.Helper()
	if len(l.Stack) == 0 || !strings.HasSuffix(l.Stack[0].Function, "."+function) {
		t.Errorf("stack %v, want %s first", l.Stack, function)
	}
}

// Advisory lock on an idle connection × server.
func TestAdvisoryLock(t *testing.T) {
	t.Parallel()
	for _, d := range postgresDatabases(t) {
		t.Run(d.name, func(t *testing.T) {
			got := leaksOf(t, d.connect, func(_ context.Context, db *sql.DB) { lockAdvisory(db) }, runtimecheck.Server(d.admin))
			if len(got) != 1 || got[0].Kind != runtimecheck.KindSession || !hasLock(got[0].Server, "advisory 4711") {
				t.Fatalf("want one advisory lock, got %+v", got)
			}
			wantStack(t, got[0], "lockAdvisory")
		})
	}
}

func lockAdvisory(db *sql.DB) { must(db.Exec("SELECT pg_advisory_lock(4711)")) }

// Prepared transaction × server.
func TestPreparedTransaction(t *testing.T) {
	t.Parallel()
	d := postgresDatabases(t)[0]
	d.exec(t, "CREATE TABLE p (id int)", "BEGIN; INSERT INTO p VALUES (0); PREPARE TRANSACTION 'before "+t.Name()+"'")
	gid := "left by " + t.Name()
	t.Cleanup(func() {
		for _, g := range []string{gid, "before " + t.Name()} {
			d.admin.Exec("ROLLBACK PREPARED '" + g + "'")
		}
	})
	got := leaksOf(t, d.connect, func(_ context.Context, db *sql.DB) {
		c := must(db.Conn(context.Background()))
		defer c.Close()
		for _, s := range []string{"BEGIN", "INSERT INTO p VALUES (1)", "PREPARE TRANSACTION '" + gid + "'"} {
			must(c.ExecContext(context.Background(), s))
		}
	}, runtimecheck.Server(d.admin))
	if len(got) != 1 || got[0].Kind != runtimecheck.KindSession {
		t.Fatalf("want one prepared transaction, got %+v", got)
	}
}

// A clean test of code that uses everything and gives it back.
func TestNothingToReport(t *testing.T) {
	t.Parallel()
	for _, d := range databases(t) {
		t.Run(d.name, func(t *testing.T) {
			d.exec(t, "CREATE TABLE clean_"+d.name+" (id int)")
			got := leaksOf(t, d.connect, func(ctx context.Context, db *sql.DB) {
				tx := must(db.BeginTx(ctx, nil))
				must(tx.Exec("INSERT INTO clean_" + d.name + " VALUES (1)"))
				if err := tx.Commit(); err != nil {
					t.Fatal(err)
				}
				c := must(db.Conn(ctx))
				defer c.Close()
				var n int
				if err := db.QueryRow("SELECT 1").Scan(&n); err != nil {
					t.Fatal(err)
				}
			}, runtimecheck.Server(d.admin), runtimecheck.SessionState())
			if len(got) != 0 {
				t.Errorf("reported: %+v", got)
			}
		})
	}
}

// A statement that was cancelled on the client only keeps its session until it ends. That is no leak.
func TestCancelledOnTheClientOnly(t *testing.T) {
	t.Parallel()
	d := mysqlDatabase(t, testdb.MySQL(t))
	got := leaksOf(t, d.connect, func(ctx context.Context, db *sql.DB) {
		ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		if _, err := db.ExecContext(ctx, "DO SLEEP(2)"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	}, runtimecheck.Server(d.admin))
	if len(got) != 0 {
		t.Errorf("reported: %+v", got)
	}
}

// advisory lock, LISTEN, temp, SET on an idle connection × SessionState.
func TestSessionState(t *testing.T) {
	t.Parallel()
	for _, d := range databases(t) {
		t.Run(d.name, func(t *testing.T) {
			statements := []string{"SELECT pg_advisory_lock(42)", "LISTEN news", "CREATE TEMPORARY TABLE scratch (id int)", "SET statement_timeout = '7s'"}
			wants := []string{"advisory lock 42", "LISTEN news", "temporary table scratch", "SET statement_timeout = 7000"}
			if d.name == "mysql" {
				statements = []string{"DO GET_LOCK('mine', 1)", "SET SESSION lock_wait_timeout = 7", "SET @left = 1"}
				wants = []string{"GET_LOCK: 1 locks", "SET lock_wait_timeout = 7", "SET @left"}
			}
			got := leaksOf(t, d.connect, func(_ context.Context, db *sql.DB) { leaveState(db, statements) }, runtimecheck.SessionState())
			if len(got) != 1 || got[0].Kind != runtimecheck.KindSession {
				t.Fatalf("want one connection with state, got %+v", got)
			}
			wantStack(t, got[0], "leaveState")
			text := reportOf(t, d.connect, statements)
			for _, w := range wants {
				if !strings.Contains(text, w) {
					t.Errorf("the report does not tell %q:\n%s", w, text)
				}
			}
		})
	}
}

func leaveState(db *sql.DB, statements []string) {
	c := must(db.Conn(context.Background()))
	defer c.Close()
	for _, s := range statements {
		must(c.ExecContext(context.Background(), s))
	}
}

func reportOf(t *testing.T, c driver.Connector, statements []string) (text string) {
	t.Helper()
	t.Run("text", func(t *testing.T) {
		leaveState(runtimecheck.OpenDB(t, c, runtimecheck.SessionState(), runtimecheck.OnLeak(func(e *runtimecheck.LeakError) { text = e.Error() })), statements)
	})
	return text
}

// What the driver's own hook sets on each connection is nobody's leftover.
func TestSessionStateOfAHook(t *testing.T) {
	t.Parallel()
	cfg := must(pgx.ParseConfig(testdb.Postgres(t)))
	hooked := stdlib.GetConnector(*cfg, stdlib.OptionAfterConnect(func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, "SET statement_timeout = '9s'")
		return err
	}))
	got := leaksOf(t, hooked, func(_ context.Context, db *sql.DB) { must(db.Exec("SELECT 1")) }, runtimecheck.SessionState())
	if len(got) != 0 {
		t.Errorf("reported: %+v", got)
	}
}

// Least privilege: another role sees a transaction by its lock, and the report says what is hidden.
func TestPlainRoleOfAnother(t *testing.T) {
	t.Parallel()
	dsn := testdb.Postgres(t)
	owner := sql.OpenDB(stdlib.GetConnector(*must(pgx.ParseConfig(dsn))))
	defer owner.Close()
	role := fmt.Sprintf("plain_%d", time.Now().UnixNano())
	must(owner.Exec("CREATE ROLE " + role + " LOGIN PASSWORD 'plain'"))
	t.Cleanup(func() {
		db := sql.OpenDB(stdlib.GetConnector(*must(pgx.ParseConfig(testdb.PostgresAdmin(t)))))
		defer db.Close()
		must(db.Exec("DROP ROLE " + role))
	})
	u := must(url.Parse(dsn))
	u.User = url.UserPassword(role, "plain")
	admin := open(t, stdlib.GetConnector(*must(pgx.ParseConfig(u.String()))))
	var text string
	t.Run("code", func(t *testing.T) {
		db := runtimecheck.OpenDB(t, stdlib.GetConnector(*must(pgx.ParseConfig(dsn))), runtimecheck.Server(admin),
			runtimecheck.Settle(50*time.Millisecond), runtimecheck.OnLeak(func(e *runtimecheck.LeakError) { text = e.Error() }))
		must(db.Begin())
	})
	if !strings.Contains(text, "in a transaction; what it does is hidden") || !strings.Contains(text, "pg_read_all_stats") {
		t.Errorf("the report does not say what is hidden:\n%s", text)
	}
}

// MariaDB's plain user sees no transactions, and the report says so.
func TestPlainUserOfMySQL(t *testing.T) {
	t.Parallel()
	cfg := must(mysql.ParseDSN(testdb.MySQL(t)))
	root := open(t, must(mysql.NewConnector(cfg)))
	user := fmt.Sprintf("plain_%d", time.Now().UnixNano()%1e9)
	must(root.Exec("CREATE USER " + user + "@'127.0.0.1' IDENTIFIED BY 'plain'"))
	must(root.Exec("GRANT ALL ON " + cfg.DBName + ".* TO " + user + "@'127.0.0.1'"))
	t.Cleanup(func() { must(root.Exec("DROP USER " + user + "@'127.0.0.1'")) })
	plain := cfg.Clone()
	plain.User, plain.Passwd = user, "plain"
	connector := must(mysql.NewConnector(plain))
	must(root.Exec("CREATE TABLE t (id int)"))
	var text string
	t.Run("code", func(t *testing.T) {
		db := runtimecheck.OpenDB(t, connector, runtimecheck.Server(open(t, connector)),
			runtimecheck.Settle(50*time.Millisecond), runtimecheck.OnLeak(func(e *runtimecheck.LeakError) { text = e.Error() }))
		must(must(db.Begin()).Exec("INSERT INTO t VALUES (1)"))
	})
	if !strings.Contains(text, "grant it PROCESS") {
		t.Errorf("the report does not say what is hidden:\n%s", text)
	}
}

// Behind PgBouncer a transaction is told by application_name, and nothing else is judged.
func TestPgBouncer(t *testing.T) {
	t.Parallel()
	dsn := testdb.Postgres(t)
	admin := open(t, stdlib.GetConnector(*must(pgx.ParseConfig(dsn))))
	bounced := testdb.PgBouncer(t, dsn)
	u := must(url.Parse(bounced))
	q := u.Query()
	q.Set("application_name", "ledger")
	u.RawQuery = q.Encode()
	cfg := must(pgx.ParseConfig(u.String()))
	cfg.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	connector := stdlib.GetConnector(*cfg)

	t.Run("transaction of a Tx", func(t *testing.T) {
		got := leaksOf(t, connector, func(_ context.Context, db *sql.DB) { must(must(db.Begin()).Exec("SELECT 1")) }, runtimecheck.Server(admin))
		if len(got) != 1 || got[0].Kind != runtimecheck.KindTx {
			t.Errorf("want the Tx once, got %+v", got)
		}
	})
	t.Run("transaction by SQL", func(t *testing.T) {
		got := leaksOf(t, connector, func(_ context.Context, db *sql.DB) { must(db.Exec("BEGIN")) }, runtimecheck.Server(admin))
		if len(got) != 1 || got[0].Kind != runtimecheck.KindSession || got[0].Server.State != "idle in transaction" {
			t.Errorf("want one transaction seen by the server, got %+v", got)
		}
	})
	t.Run("idle sessions and advisory locks are not judged", func(t *testing.T) {
		got := leaksOf(t, connector, func(_ context.Context, db *sql.DB) { must(db.Exec("SELECT pg_advisory_lock(1)")) }, runtimecheck.Server(admin))
		if len(got) != 0 {
			t.Errorf("reported: %+v", got)
		}
	})
}
