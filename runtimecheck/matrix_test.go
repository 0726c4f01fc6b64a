package runtimecheck_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/connlint/connlint/internal/testdb"
	"github.com/connlint/connlint/runtimecheck"
	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/lib/pq"
	_ "modernc.org/sqlite"
)

// A backend is a driver with a database behind it.
type backend struct {
	name   string
	driver string
	// dsn starts the server if need be, and fails tb when there is none.
	dsn func(tb testing.TB) string
	// rows is a query with several rows.
	rows string
	// one is a query with an argument.
	one string
}

var backends = []backend{
	{"sqlite", "sqlite", sqliteDSN, "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3", "SELECT ?"},
	{"pgx", "pgx", testdb.Postgres, "SELECT generate_series(1, 5)", "SELECT $1::int"},
	{"pq", "postgres", testdb.Postgres, "SELECT generate_series(1, 5)", "SELECT $1::int"},
	{"mysql", "mysql", testdb.MySQL, "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3", "SELECT ?"},
}

func sqliteDSN(tb testing.TB) string {
	return "file:" + filepath.Join(tb.TempDir(), "test.db")
}

func (b backend) connector(tb testing.TB) driver.Connector {
	tb.Helper()
	if b.name != "sqlite" && testing.Short() {
		tb.Skip("-short: no servers")
	}
	c, err := runtimecheck.DataSource(b.driver, b.dsn(tb))
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// A leak is a way to leave something open, and what its report must say.
type leak struct {
	name string
	opts []runtimecheck.Option
	do   func(t testing.TB, tb testing.TB, db *sql.DB, b backend)
	kind []runtimecheck.Kind
	want []string
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func cancellable(t testing.TB) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	return ctx
}

var leaks = []leak{
	{"rows", nil, leakRows, []runtimecheck.Kind{runtimecheck.KindRows},
		[]string{"*sql.Rows never closed", "opened by (*sql.DB).QueryContext, called from", "runtimecheck_test.leakRows", "matrix_test.go:", "query: SELECT"}},
	{"rows with a context", nil, leakRowsContext, []runtimecheck.Kind{runtimecheck.KindRows}, []string{"leakRowsContext"}},
	{"rows through Query", nil, leakQuery, []runtimecheck.Kind{runtimecheck.KindRows}, []string{"opened by (*sql.DB).Query,", "leakQuery"}},
	{"row not scanned", nil, leakRow, []runtimecheck.Kind{runtimecheck.KindRows}, []string{"*sql.Row never scanned", "(*sql.DB).QueryRow,", "leakRow"}},
	{"rows with an argument", nil, leakRowsArg, []runtimecheck.Kind{runtimecheck.KindRows}, []string{"leakRowsArg"}},
	{"tx", nil, leakTx, []runtimecheck.Kind{runtimecheck.KindTx},
		[]string{"*sql.Tx neither committed nor rolled back", "begun by (*sql.DB).BeginTx, called from", "leakTx", "last statement: SELECT 1 (matrix_test.go:"}},
	{"tx with rows", nil, leakTxRows, []runtimecheck.Kind{runtimecheck.KindTx, runtimecheck.KindRows}, []string{"left 2 open", "(*sql.Tx).QueryContext", "leakTxRows"}},
	{"conn", nil, leakConn, []runtimecheck.Kind{runtimecheck.KindConn}, []string{"*sql.Conn never closed", "taken by (*sql.DB).Conn, called from", "leakConn"}},
	{"conn used before", nil, leakConnReused, []runtimecheck.Kind{runtimecheck.KindConn}, []string{"leakConnReused"}},
	{"conn with rows", nil, leakConnRows, []runtimecheck.Kind{runtimecheck.KindConn, runtimecheck.KindRows}, []string{"(*sql.Conn).QueryContext", "leakConnRows"}},
	{"stmt", []runtimecheck.Option{runtimecheck.Stmts()}, leakStmt, []runtimecheck.Kind{runtimecheck.KindStmt},
		[]string{"*sql.Stmt never closed", "prepared by (*sql.DB).PrepareContext", "leakStmt"}},
	{"rows of a closed stmt", nil, leakStmtRows, []runtimecheck.Kind{runtimecheck.KindRows}, []string{"(*sql.Stmt).QueryContext", "leakStmtRows"}},
	{"tx healed by t.Context", nil, leakTxHealed, []runtimecheck.Kind{runtimecheck.KindTx},
		[]string{"leakTxHealed", "note: it ended only because t.Context() was cancelled"}},
	{"rows healed by t.Context", nil, leakRowsHealed, []runtimecheck.Kind{runtimecheck.KindRows},
		[]string{"leakRowsHealed", "note: it ended only because t.Context() was cancelled"}},
	{"waiter's conn", nil, leakWaiter, []runtimecheck.Kind{runtimecheck.KindConn}, []string{"leakWaiter"}},
	{"waiter's conn never used", nil, leakWaiterUnused, []runtimecheck.Kind{runtimecheck.KindConn},
		[]string{"1 in use that database/sql opened for a waiter and that was never used"}},
	{"db closed", nil, leakThenClose, []runtimecheck.Kind{runtimecheck.KindTx}, []string{"leakThenClose"}},
}

func leakRows(t, tb testing.TB, db *sql.DB, b backend) {
	_, err := db.QueryContext(context.Background(), b.rows)
	must(t, err)
}

func leakRowsContext(t, tb testing.TB, db *sql.DB, b backend) {
	rows, err := db.QueryContext(cancellable(t), b.rows)
	must(t, err)
	rows.Next()
}

func leakQuery(t, tb testing.TB, db *sql.DB, b backend) {
	_, err := db.Query(b.rows)
	must(t, err)
}

func leakRow(t, tb testing.TB, db *sql.DB, b backend) { db.QueryRow(b.rows) }

func leakRowsArg(t, tb testing.TB, db *sql.DB, b backend) {
	_, err := db.Query(b.one, 1)
	must(t, err)
}

func leakTx(t, tb testing.TB, db *sql.DB, b backend) {
	tx, err := db.BeginTx(context.Background(), nil)
	must(t, err)
	_, err = tx.Exec("SELECT 1")
	must(t, err)
}

func leakTxRows(t, tb testing.TB, db *sql.DB, b backend) {
	tx, err := db.Begin()
	must(t, err)
	_, err = tx.QueryContext(context.Background(), b.rows)
	must(t, err)
}

func leakConn(t, tb testing.TB, db *sql.DB, b backend) {
	_, err := db.Conn(context.Background())
	must(t, err)
}

func leakConnReused(t, tb testing.TB, db *sql.DB, b backend) {
	must(t, db.Ping())
	_, err := db.Conn(context.Background())
	must(t, err)
}

func leakConnRows(t, tb testing.TB, db *sql.DB, b backend) {
	c, err := db.Conn(context.Background())
	must(t, err)
	_, err = c.QueryContext(context.Background(), b.rows)
	must(t, err)
}

func leakStmt(t, tb testing.TB, db *sql.DB, b backend) {
	s, err := db.PrepareContext(context.Background(), b.one)
	must(t, err)
	// Used on a second connection, database/sql prepares it again: still one leak.
	c, err := db.Conn(context.Background())
	must(t, err)
	defer c.Close()
	var n int
	must(t, s.QueryRow(7).Scan(&n))
}

func leakStmtRows(t, tb testing.TB, db *sql.DB, b backend) {
	s, err := db.Prepare(b.one)
	must(t, err)
	defer s.Close()
	_, err = s.QueryContext(context.Background(), 1)
	must(t, err)
}

func leakTxHealed(t, tb testing.TB, db *sql.DB, b backend) {
	_, err := db.BeginTx(tb.Context(), nil)
	must(t, err)
}

func leakRowsHealed(t, tb testing.TB, db *sql.DB, b backend) {
	rows, err := db.QueryContext(tb.Context(), b.rows)
	must(t, err)
	rows.Next()
}

func leakWaiter(t, tb testing.TB, db *sql.DB, b backend) {
	must(t, waitForConn(t, db).PingContext(context.Background()))
}

func leakWaiterUnused(t, tb testing.TB, db *sql.DB, b backend) { waitForConn(t, db) }

// waitForConn returns a connection that database/sql has opened in a goroutine of its own for a waiter.
func waitForConn(t testing.TB, db *sql.DB) *sql.Conn {
	db.SetMaxOpenConns(1)
	first, err := db.Conn(context.Background())
	must(t, err)
	got := make(chan *sql.Conn, 1)
	go func() {
		c, err := db.Conn(context.Background()) // the second waits
		if err != nil {
			t.Error(err)
		}
		got <- c
	}()
	for db.Stats().WaitCount == 0 {
		time.Sleep(time.Millisecond)
	}
	// The connection dies, so that database/sql opens one for the waiter in a goroutine of its own.
	first.Raw(func(any) error { return driver.ErrBadConn })
	first.Close()
	return <-got
}

func leakThenClose(t, tb testing.TB, db *sql.DB, b backend) {
	defer db.Close()
	_, err := db.Begin()
	must(t, err)
}

// TestMatrix leaves each kind of thing open, on each driver, and reads the failure.
func TestMatrix(t *testing.T) {
	for _, l := range leaks {
		for _, b := range backends {
			t.Run(l.name+"/"+b.name, func(t *testing.T) {
				c := b.connector(t)
				var got *runtimecheck.LeakError
				opts := append([]runtimecheck.Option{runtimecheck.Settle(50 * time.Millisecond)}, l.opts...)
				here(t, func(tb testing.TB) {
					l.do(t, tb, runtimecheck.OpenDB(tb, c, opts...), b)
				}).wantOne(t, l.want...)
				here(t, func(tb testing.TB) {
					db := runtimecheck.OpenDB(tb, c, append(opts, runtimecheck.OnLeak(func(e *runtimecheck.LeakError) { got = e }))...)
					l.do(t, tb, db, b)
				}).wantNone(t)
				if got == nil {
					t.Fatal("OnLeak was not called")
				}
				var kinds []runtimecheck.Kind
				for _, l := range got.Leaks {
					kinds = append(kinds, l.Kind)
				}
				if !equalKinds(kinds, l.kind) {
					t.Errorf("kinds %v, want %v:\n%v", kinds, l.kind, got)
				}
			})
		}
		for path, open := range unwrapped {
			t.Run(l.name+"/"+path, func(t *testing.T) {
				c := sqlite(t)
				r := here(t, func(tb testing.TB) { l.do(t, tb, open(t, tb, c), backends[0]) })
				if holdsConn := l.name != "stmt" && !strings.Contains(l.name, "healed"); holdsConn {
					r.wantOne(t, "connection")
				} else {
					r.wantNone(t)
				}
			})
		}
	}
}

// unwrapped are the ways without a wrapper: they count connections in use.
var unwrapped = map[string]func(t, tb testing.TB, c driver.Connector) *sql.DB{
	"RawConns": func(t, tb testing.TB, c driver.Connector) *sql.DB {
		return runtimecheck.OpenDB(tb, c, runtimecheck.RawConns(), soon)
	},
	"Watch": func(t, tb testing.TB, c driver.Connector) *sql.DB {
		db := sql.OpenDB(c)
		t.Cleanup(func() { db.Close() })
		runtimecheck.Watch(tb, db, soon)
		return db
	},
}

func equalKinds(a, b []runtimecheck.Kind) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
