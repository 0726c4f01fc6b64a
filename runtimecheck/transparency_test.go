package runtimecheck_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/connlint/connlint/runtimecheck"
)

// TestTransparent runs the same program on a raw and on a wrapped driver, for every shape of connection, statement and rows: the
// driver must get the same calls in the same order, and the program the same answers.
func TestTransparent(t *testing.T) {
	for _, conn := range slices.Sorted(maps.Keys(fakeConns)) {
		for _, stmt := range slices.Sorted(maps.Keys(fakeStmts)) {
			t.Run(conn+"/"+stmt, func(t *testing.T) {
				t.Parallel()
				for _, rows := range slices.Sorted(maps.Keys(fakeRowsOf)) {
					for _, inputs := range []int{-1, 0, 1, 2} {
						for _, invalid := range []bool{false, true} {
							compare(t, shape{conn, stmt, rows, inputs, invalid})
						}
					}
				}
			})
		}
	}
}

func compare(t *testing.T, s shape) {
	t.Helper()
	rawLog, wrappedLog := &eventLog{}, &eventLog{}
	raw := sql.OpenDB(&fakeConnector{s, rawLog})
	exercise(raw, rawLog)
	raw.Close()
	r := here(t, func(tb testing.TB) {
		exercise(runtimecheck.OpenDB(tb, &fakeConnector{s, wrappedLog}), wrappedLog)
	})
	r.wantNone(t)
	if a, b := rawLog.String(), wrappedLog.String(); a != b {
		t.Errorf("shape %+v: the driver sees other calls:\n%s", s, firstDifference(a, b))
	}
	if len(rawLog.events) < 100 {
		t.Errorf("shape %+v: only %d events: the program does too little", s, len(rawLog.events))
	}
}

func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			from := max(0, i-8)
			return fmt.Sprintf("after %s\nraw:     %s\nwrapped: %s", strings.Join(x[from:i], "\n      "), x[i], y[i])
		}
	}
	return fmt.Sprintf("raw %d events, wrapped %d; the longer goes on with %q", len(x), len(y), append(x, y...)[min(len(x), len(y)):][:1])
}

// exercise uses every part of database/sql, and logs what it is told.
func exercise(db *sql.DB, log *eventLog) {
	ctx := context.Background()
	say := func(what string, args ...any) { log.add("> %s %s", what, fmt.Sprintln(args...)) }
	say("driver", fmt.Sprintf("%T", db.Driver()))
	for _, args := range [][]any{nil, {1}, {"skip"}, {"remove"}, {"refuse"}, {"odd"}, {1, 2}, {sql.Named("x", 1)}, {time.Time{}}, {(*valuer)(nil)}, {valuer{5}}} {
		res, err := db.ExecContext(ctx, "EXEC", args...)
		say("exec", err, affected(res))
		readAll(db.QueryContext(ctx, "QUERY", args...))(say)
		var n any
		say("row", db.QueryRow("ROW", args...).Scan(&n), n)
		prepared(db, say, args)
	}
	say("ping", db.Ping())
	readAll(db.Query("FAIL"))(say)
	readAll(db.Query("BAD"))(say)
	_, err := db.Prepare("FAIL PREPARE")
	say("prepare", err)
	transactions(db, say)
	cancelled(db, say, log)
	connection(db, say)
}

func affected(r sql.Result) string {
	if r == nil {
		return "-"
	}
	n, err := r.RowsAffected()
	return fmt.Sprint(n, err)
}

type valuer struct{ n int64 }

func (v valuer) Value() (driver.Value, error) { return v.n, nil }

func readAll(rows *sql.Rows, err error) func(func(string, ...any)) {
	return func(say func(string, ...any)) {
		if err != nil {
			say("query", err)
			return
		}
		defer rows.Close()
		types, err := rows.ColumnTypes()
		for _, c := range types {
			p, s, okP := c.DecimalSize()
			l, okL := c.Length()
			null, okN := c.Nullable()
			say("column", c.Name(), c.DatabaseTypeName(), c.ScanType(), p, s, okP, l, okL, null, okN, err)
		}
		for {
			for rows.Next() {
				var n any
				say("scan", rows.Scan(&n), n)
			}
			say("err", rows.Err())
			if !rows.NextResultSet() {
				break
			}
		}
		say("err", rows.Err())
	}
}

func prepared(db *sql.DB, say func(string, ...any), args []any) {
	s, err := db.Prepare("STMT")
	if err != nil {
		say("prepare", err)
		return
	}
	defer s.Close()
	res, err := s.Exec(args...)
	say("stmt.exec", err, affected(res))
	readAll(s.Query(args...))(say)
}

func transactions(db *sql.DB, say func(string, ...any)) {
	for _, opts := range []*sql.TxOptions{nil, {}, {Isolation: sql.LevelSerializable}, {ReadOnly: true}} {
		for _, commit := range []bool{true, false} {
			tx, err := db.BeginTx(context.Background(), opts)
			say("begin", err)
			if err != nil {
				continue
			}
			_, err = tx.Exec("EXEC")
			say("tx.exec", err)
			readAll(tx.Query("QUERY"))(say)
			s, err := tx.Prepare("STMT")
			say("tx.prepare", err)
			if err == nil {
				_, err = s.Exec()
				say("tx.stmt.exec", err)
			}
			if commit {
				say("commit", tx.Commit())
			} else {
				say("rollback", tx.Rollback())
			}
			say("pool", db.Stats().OpenConnections)
		}
	}
}

// cancelled ends a transaction, rows and calls by their context; each is waited for, so that the order is the same.
func cancelled(db *sql.DB, say func(string, ...any), log *eventLog) {
	ctx, cancel := context.WithCancel(context.Background())
	_, err := db.BeginTx(ctx, nil)
	say("begin", err)
	cancel()
	waitIdle(db)
	say("after cancel", db.Stats().OpenConnections)
	_, err = db.ExecContext(ctx, "EXEC")
	say("exec cancelled", err)
	_, err = db.PrepareContext(ctx, "STMT")
	say("prepare cancelled", err)

	ctx, cancel = context.WithCancel(context.Background())
	rows, err := db.QueryContext(ctx, "QUERY")
	say("query", err)
	cancel()
	waitIdle(db)
	if rows != nil {
		say("rows", rows.Next(), rows.Err(), rows.Close())
	}
	say("after cancel", db.Stats().OpenConnections)

	// A rollback by the user, although the context is done, keeps the connection.
	tx, err := db.BeginTx(context.Background(), nil)
	if err == nil {
		say("rollback", tx.Rollback())
	}
	say("after rollback", db.Stats().OpenConnections)
	_, err = db.Exec("EXEC")
	say("exec", err)
}

func waitIdle(db *sql.DB) {
	for i := 0; db.Stats().InUse > 0 && i < 5000; i++ {
		time.Sleep(50 * time.Microsecond)
	}
}

func connection(db *sql.DB, say func(string, ...any)) {
	c, err := db.Conn(context.Background())
	say("conn", err)
	if err != nil {
		return
	}
	say("ping", c.PingContext(context.Background()))
	_, err = c.ExecContext(context.Background(), "EXEC", 1)
	say("exec", err)
	tx, err := c.BeginTx(context.Background(), nil)
	say("begin", err)
	if err == nil {
		say("commit", tx.Commit())
	}
	say("raw", c.Raw(func(x any) error {
		_, ok := runtimecheck.Unwrap(x).(interface{ Close() error })
		say("unwrapped", ok)
		return nil
	}))
	say("close", c.Close())
}

// TestTransparentRealDrivers compares the answers of real drivers.
func TestTransparentRealDrivers(t *testing.T) {
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			c := b.connector(t)
			// Whether lib/pq keeps a connection whose context was cancelled is decided
			// by a race of its own: a difference counts if it is there every time.
			var difference string
			for range 10 {
				raw, wrapped := &eventLog{}, &eventLog{}
				db := sql.OpenDB(c)
				answers(db, b, raw)
				db.Close()
				here(t, func(tb testing.TB) { answers(runtimecheck.OpenDB(tb, c), b, wrapped) }).wantNone(t)
				a, w := raw.String(), wrapped.String()
				if a == w {
					return
				}
				difference = firstDifference(a, w)
			}
			t.Errorf("other answers:\n%s", difference)
		})
	}
}

func answers(db *sql.DB, b backend, log *eventLog) {
	ctx := context.Background()
	say := func(what string, args ...any) { log.add("> %s %s", what, fmt.Sprintln(args...)) }
	say("driver", fmt.Sprintf("%T", db.Driver()))
	db.SetMaxOpenConns(1)
	for _, q := range []string{b.rows, "SELECT 1.5, 'text', NULL", "NOT SQL", "SELECT * FROM nowhere"} {
		readAll(db.QueryContext(ctx, q))(say)
	}
	for _, arg := range []any{1, "2", nil, valuer{5}, (*valuer)(nil), []byte("3"), struct{}{}, int32(4)} {
		var n any
		say("arg", db.QueryRow(b.one, arg).Scan(&n), n)
		s, err := db.Prepare(b.one)
		if err != nil {
			say("prepare", err)
			continue
		}
		say("stmt", s.QueryRow(arg).Scan(&n), n)
		_, err = s.Exec(arg, arg)
		say("too many", err)
		s.Close()
	}
	_, err := db.Exec("CREATE TABLE t (n INT)")
	say("create", err)
	for _, opts := range []*sql.TxOptions{nil, {ReadOnly: true}, {Isolation: sql.LevelSerializable}, {Isolation: sql.LevelLinearizable}} {
		tx, err := db.BeginTx(ctx, opts)
		say("begin", err)
		if err != nil {
			continue
		}
		res, err := tx.Exec("INSERT INTO t VALUES (1)")
		say("insert", err, affected(res))
		say("commit", tx.Commit())
	}
	cctx, cancel := context.WithCancel(ctx)
	_, err = db.BeginTx(cctx, nil)
	say("begin", err)
	cancel()
	waitIdle(db)
	say("kept after cancel", db.Stats().OpenConnections)
	say("ping", db.Ping())
	_, err = db.Exec("DROP TABLE t")
	say("drop", err)
}
