package runtimecheck_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/connlint/connlint/runtimecheck"
)

func sqlite(tb testing.TB) driver.Connector {
	tb.Helper()
	c, err := runtimecheck.DataSource("sqlite", sqliteDSN(tb))
	must(tb, err)
	return c
}

var soon = runtimecheck.Settle(30 * time.Millisecond)

func TestImportsTheStandardLibraryOnly(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	must(t, err)
	for _, p := range strings.Fields(string(out)) {
		if !strings.HasPrefix(p, "github.com/connlint/connlint/runtimecheck") {
			t.Errorf("imports %s", p)
		}
	}
}

func TestCleanTestDoesNotWait(t *testing.T) {
	c := sqlite(t)
	start := time.Now()
	here(t, func(tb testing.TB) {
		must(t, runtimecheck.OpenDB(tb, &fakeConnector{shape{"pgx", "ctx", "all", -1, false}, &eventLog{}}).Ping())
	}).wantNone(t)
	if d := time.Since(start); d > 500*time.Millisecond {
		t.Errorf("took %v", d)
	}
	_ = c
}

// TestSettle: a goroutine that gives back in time is no leak.
func TestSettle(t *testing.T) {
	c := sqlite(t)
	here(t, func(tb testing.TB) {
		db := runtimecheck.OpenDB(tb, c)
		tx, err := db.Begin()
		must(t, err)
		time.AfterFunc(100*time.Millisecond, func() { tx.Rollback() })
	}).wantNone(t)
	here(t, func(tb testing.TB) {
		db := runtimecheck.OpenDB(tb, c, runtimecheck.Settle(10*time.Millisecond))
		tx, err := db.Begin()
		must(t, err)
		time.AfterFunc(300*time.Millisecond, func() { tx.Rollback() })
	}).wantOne(t, "left 1 open")
}

func TestForceClose(t *testing.T) {
	b := backends[1]
	c := b.connector(t)
	plain := sql.OpenDB(c)
	defer plain.Close()
	_, err := plain.Exec("CREATE TABLE a (n INT); INSERT INTO a VALUES (1)")
	must(t, err)
	var leaked *sql.Tx
	here(t, func(tb testing.TB) {
		leaked, err = runtimecheck.OpenDB(tb, c, soon).Begin()
		must(t, err)
		_, err = leaked.Exec("UPDATE a SET n = 2")
		must(t, err)
	}).wantOne(t, "neither committed")
	// The leaked transaction's lock is gone: this does not hang.
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, err = plain.ExecContext(ctx, "UPDATE a SET n = 3")
	must(t, err)
	// Whoever still has the transaction gets an error, not a use of a closed driver connection.
	if _, err := leaked.Exec("UPDATE a SET n = 4"); !errors.Is(err, driver.ErrBadConn) {
		t.Errorf("a use after the end: %v", err)
	}
	if err := leaked.Rollback(); !errors.Is(err, driver.ErrBadConn) {
		t.Errorf("a rollback after the end: %v", err)
	}
}

// A worker that is stopped by t.Context() has done nothing wrong.
func TestWorkerOnTestContext(t *testing.T) {
	c := sqlite(t)
	record(t, func(tb testing.TB) {
		db := runtimecheck.OpenDB(tb, c)
		ready := make(chan bool)
		go func() {
			rows, err := db.QueryContext(tb.Context(), backends[0].rows)
			if err != nil {
				t.Error(err)
			}
			rows.Next()
			close(ready)
			<-tb.Context().Done()
			rows.Close()
		}()
		<-ready
	}).wantNone(t)
}

func TestFailedAndSkippedTestsAreNotJudged(t *testing.T) {
	c := sqlite(t)
	r := here(t, func(tb testing.TB) {
		leakTx(t, tb, runtimecheck.OpenDB(tb, c, soon), backends[0])
		tb.Fail()
	})
	r.wantNone(t)
	if !strings.Contains(strings.Join(r.logs, "\n"), "left 1 open") {
		t.Errorf("not even logged: %q", r.logs)
	}
	record(t, func(tb testing.TB) {
		leakTx(t, tb, runtimecheck.OpenDB(tb, c, soon), backends[0])
		tb.SkipNow()
	}).wantNone(t)
	here(t, func(tb testing.TB) {
		leakTx(t, tb, runtimecheck.OpenDB(tb, c, soon, runtimecheck.RunOnFailure()), backends[0])
		tb.Fail()
	}).wantOne(t, "left 1 open")
}

func TestIgnoreFunc(t *testing.T) {
	c := sqlite(t)
	for name, n := range map[string]int{"github.com/connlint/connlint/runtimecheck_test.leakTx": 0, "github.com/connlint/connlint/runtimecheck_test.leakT": 1} {
		r := here(t, func(tb testing.TB) {
			leakTx(t, tb, runtimecheck.OpenDB(tb, c, soon, runtimecheck.IgnoreFunc(name)), backends[0])
		})
		if len(r.errors) != n {
			t.Errorf("IgnoreFunc(%q): %d failures, want %d", name, len(r.errors), n)
		}
	}
}

func TestStmtsAreOptional(t *testing.T) {
	c := sqlite(t)
	here(t, func(tb testing.TB) {
		leakStmt(t, tb, runtimecheck.OpenDB(tb, c, soon), backends[0])
	}).wantNone(t)
}

func TestNested(t *testing.T) {
	c := sqlite(t)
	r := here(t, func(tb testing.TB) {
		db := runtimecheck.OpenDB(tb, c, runtimecheck.Nested())
		tx, err := db.Begin()
		must(t, err)
		defer tx.Rollback()
		execInsideTx(t, db)
	})
	r.wantOne(t, "a second connection taken while the goroutine holds one", "execInsideTx", "while it holds the connection taken by (*sql.DB).Begin")
	here(t, func(tb testing.TB) {
		db := runtimecheck.OpenDB(tb, c, runtimecheck.Nested())
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 50 {
					if err := db.Ping(); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
	}).wantNone(t)
}

func execInsideTx(t testing.TB, db *sql.DB) {
	_, err := db.Exec("SELECT 1")
	must(t, err)
}

func TestMaxHold(t *testing.T) {
	c := sqlite(t)
	hold := func(d time.Duration) *recorder {
		return here(t, func(tb testing.TB) {
			db := runtimecheck.OpenDB(tb, c, runtimecheck.MaxHold(50*time.Millisecond))
			tx, err := db.Begin()
			must(t, err)
			time.Sleep(d)
			must(t, tx.Rollback())
		})
	}
	hold(80*time.Millisecond).wantOne(t, "a connection was held (on connection 1, for", "(*sql.DB).Begin", "the limit is 50ms")
	hold(0).wantNone(t)
}

func TestMaxSessionsAndConnects(t *testing.T) {
	c := sqlite(t)
	use := func(opt runtimecheck.Option, atOnce bool) *recorder {
		return here(t, func(tb testing.TB) {
			db := runtimecheck.OpenDB(tb, c, opt)
			db.SetMaxIdleConns(-1)
			for range 3 {
				conn, err := db.Conn(context.Background())
				must(t, err)
				if atOnce {
					defer conn.Close()
				} else {
					conn.Close()
				}
			}
		})
	}
	use(runtimecheck.MaxSessions(2), true).wantOne(t, "more than 2 sessions at the same time", "3 opened, 3 of them at the same time")
	use(runtimecheck.MaxSessions(3), true).wantNone(t)
	use(runtimecheck.MaxSessions(1), false).wantNone(t)
	use(runtimecheck.MaxConnects(2), false).wantOne(t, "more than 2 connections opened", "3 opened, 1 of them at the same time")
	use(runtimecheck.MaxConnects(3), false).wantNone(t)
}

func TestRawConnsAndUnwrap(t *testing.T) {
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			c := b.connector(t)
			want := rawType(t, sql.OpenDB(c), func(x any) any { return x })
			here(t, func(tb testing.TB) {
				db := runtimecheck.OpenDB(tb, c, runtimecheck.RawConns())
				if got := rawType(t, db, func(x any) any { return x }); got != want {
					t.Errorf("Raw passes %s, want %s", got, want)
				}
			}).wantNone(t)
			here(t, func(tb testing.TB) {
				db := runtimecheck.OpenDB(tb, c)
				if got := rawType(t, db, func(x any) any { return runtimecheck.Unwrap(x) }); got != want {
					t.Errorf("Unwrap returns %s, want %s", got, want)
				}
			}).wantNone(t)
			here(t, func(tb testing.TB) {
				db := runtimecheck.OpenDB(tb, c, runtimecheck.RawConns(), soon)
				must(t, db.Ping())
				leakTx(t, tb, db, b)
			}).wantOne(t, "the line is that of the opening of the connection")
		})
	}
}

func rawType(t testing.TB, db *sql.DB, of func(any) any) (name string) {
	conn, err := db.Conn(context.Background())
	must(t, err)
	must(t, conn.Raw(func(x any) error { name = fmt.Sprintf("%T", of(x)); return nil }))
	must(t, conn.Close())
	return name
}

func TestHandlesOfParallelTestsAreApart(t *testing.T) {
	c := sqlite(t)
	var wg sync.WaitGroup
	results := make([]*recorder, 8)
	for i := range results {
		wg.Go(func() {
			results[i] = here(t, func(tb testing.TB) {
				db := runtimecheck.OpenDB(tb, c, soon)
				if i%2 == 0 {
					leakTx(t, tb, db, backends[0])
				}
			})
		})
	}
	wg.Wait()
	for i, r := range results {
		if want := 1 - i%2; len(r.errors) != want {
			t.Errorf("test %d has %d failures, want %d", i, len(r.errors), want)
		}
	}
}

func TestLimit(t *testing.T) {
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			c := b.connector(t)
			r := here(t, func(tb testing.TB) {
				db := runtimecheck.OpenDB(tb, c)
				db.SetMaxOpenConns(7)
				runtimecheck.Limit(tb, db, 1, func() {
					rows, err := db.Query(b.rows)
					must(t, err)
					defer rows.Close()
					for rows.Next() {
						queryInsideRows(t, db)
						break
					}
				})
				if n := db.Stats().MaxOpenConnections; n != 7 {
					t.Errorf("the limit is %d afterwards", n)
				}
			})
			r.wantOne(t, "waits for a connection", "queryInsideRows", "*sql.Rows never closed", "TestLimit", "the limit was lifted")
			here(t, func(tb testing.TB) {
				db := runtimecheck.OpenDB(tb, c)
				runtimecheck.Limit(tb, db, 1, func() { queryInsideRows(t, db) })
			}).wantNone(t)
		})
	}
}

func queryInsideRows(t testing.TB, db *sql.DB) {
	var n int
	must(t, db.QueryRow("SELECT 1").Scan(&n))
}

// TestLimitZero: with nothing to be had, the code must give up by itself.
func TestLimitZero(t *testing.T) {
	c := sqlite(t)
	wait := func(ctx context.Context, db *sql.DB) {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
		defer cancel()
		if err := db.PingContext(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Ping: %v", err)
		}
	}
	here(t, func(tb testing.TB) {
		db := runtimecheck.OpenDB(tb, c)
		runtimecheck.Limit(tb, db, 0, func() { wait(context.Background(), db) })
	}).wantNone(t)
	here(t, func(tb testing.TB) {
		db := runtimecheck.OpenDB(tb, c)
		runtimecheck.Limit(tb, db, 0, func() { must(t, db.Ping()) }, runtimecheck.Settle(100*time.Millisecond))
	}).wantOne(t, "waits for a connection", "(*sql.DB).Ping")
}

func TestWatch(t *testing.T) {
	c := sqlite(t)
	for _, leak := range []bool{true, false} {
		db := sql.OpenDB(c)
		r := here(t, func(tb testing.TB) {
			runtimecheck.Watch(tb, db, soon)
			if leak {
				leakTx(t, tb, db, backends[0])
			} else {
				must(t, db.Ping())
			}
		})
		if leak {
			r.wantOne(t, "1 connections in use that were not before", "*sql.Tx neither committed nor rolled back", "GODEBUG=tracebackancestors=10")
		} else {
			r.wantNone(t)
		}
	}
}
