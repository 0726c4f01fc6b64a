package runtimecheck_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/connlint/connlint/runtimecheck"
)

// transfer is right on every path.
func transfer(ctx context.Context, db *sql.DB) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	rows, err := tx.QueryContext(ctx, "SELECT id FROM accounts ORDER BY id")
	if err != nil {
		return err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return err
		}
		n++
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if n != 2 {
		return fmt.Errorf("%d accounts", n)
	}
	if _, err := tx.ExecContext(ctx, "UPDATE accounts SET balance = balance - 1 WHERE id = 1"); err != nil {
		return err
	}
	return tx.Commit()
}

// transferLeaking forgets the transaction when the update fails.
func transferLeaking(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE accounts SET balance = balance - 1 WHERE id = 1"); err != nil {
		return err
	}
	return tx.Commit()
}

// count takes a broken result for a short one.
func count(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM accounts ORDER BY id")
	if err != nil {
		return err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		n++
	}
	return nil
}

// commitIgnored does not look at what Commit says.
func commitIgnored(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	tx.Commit()
	return nil
}

// usedBeforeCheck uses rows before it looks at the error.
func usedBeforeCheck(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM accounts")
	defer rows.Close()
	if err != nil {
		return err
	}
	for rows.Next() {
	}
	return rows.Err()
}

// retrying does the whole once more when it fails.
func retrying(ctx context.Context, db *sql.DB) error {
	var err error
	for range 2 {
		if err = transfer(ctx, db); err == nil {
			return nil
		}
	}
	return err
}

func TestSweep(t *testing.T) {
	tests := []struct {
		name string
		body func(context.Context, *sql.DB) error
		opts []runtimecheck.Option
		want []string // of all failures; nil: none
	}{
		{"right on every path", transfer, nil, nil},
		{"retries", retrying, nil, nil},
		{"leaks on an error path", transferLeaking, nil, []string{
			"with call 3 failing (query), left 1 open", "*sql.Tx neither committed nor rolled back", "runtimecheck_test.transferLeaking",
			"the failed call was (*sql.Tx).ExecContext, called from", "query: UPDATE accounts"}},
		{"loses an iteration error", count, nil, []string{"the body reports success with call 3 failing (result)", "(*sql.Rows).Next", "runtimecheck_test.count"}},
		{"iteration errors left out", count, []runtimecheck.Option{runtimecheck.Faults(runtimecheck.FailQuery)}, nil},
		{"iteration errors tolerated", count, []runtimecheck.Option{runtimecheck.Tolerate()}, nil},
		{"ignores Commit", commitIgnored, nil, []string{"reports success with call 3 failing (commit)", "runtimecheck_test.commitIgnored"}},
		{"uses the result before the check", usedBeforeCheck, nil, []string{"with call 2 failing (query) the body panicked", "usedBeforeCheck"}},
		{"kills connections", transferLeaking, []runtimecheck.Option{runtimecheck.Faults(runtimecheck.KillConn)}, []string{"with call 3 failing (kill), left 1 open"}},
		{"too many runs", transfer, []runtimecheck.Option{runtimecheck.MaxRuns(3)}, []string{"still not through after 3 runs"}},
	}
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			c := b.connector(t)
			db := sql.OpenDB(c)
			for _, q := range []string{"CREATE TABLE accounts (id INT, balance INT)", "INSERT INTO accounts VALUES (1, 100)", "INSERT INTO accounts VALUES (2, 100)"} {
				_, err := db.Exec(q)
				must(t, err)
			}
			must(t, db.Close())
			for _, test := range tests {
				t.Run(test.name, func(t *testing.T) {
					runs := 0
					r := here(t, func(tb testing.TB) {
						runtimecheck.Sweep(tb, c, func(db *sql.DB) error {
							runs++
							return test.body(context.Background(), db)
						}, append(test.opts, runtimecheck.Settle(20*time.Millisecond))...)
					})
					if test.want == nil {
						r.wantNone(t)
					}
					for _, w := range test.want {
						if !strings.Contains(r.text(), w) {
							t.Errorf("the failures lack %q:\n%s", w, r.text())
						}
					}
					if runs < 3 {
						t.Errorf("only %d runs", runs)
					}
				})
			}
		})
	}
}

func TestSweepRefusesABodyThatFailsUntouched(t *testing.T) {
	c := backends[0].connector(t)
	r := here(t, func(tb testing.TB) {
		runtimecheck.Sweep(tb, c, func(*sql.DB) error { return errors.New("no table") })
	})
	r.wantOne(t, "the body fails although no call was made to fail: no table")
	r = here(t, func(tb testing.TB) {
		runtimecheck.Sweep(tb, c, func(*sql.DB) error { return nil })
	})
	r.wantOne(t, "made no call")
}

// TestSweepLetsEveryCallFail proves that no call is left out: the error of each is seen once.
func TestSweepLetsEveryCallFail(t *testing.T) {
	c := backends[0].connector(t)
	seen := map[string]int{}
	r := here(t, func(tb testing.TB) {
		runtimecheck.Sweep(tb, c, func(db *sql.DB) error {
			err := calls(db)
			var injected *runtimecheck.InjectedError
			if errors.As(err, &injected) {
				seen[fmt.Sprint(injected.Call, " ", injected.Fault)]++
			} else if err != nil {
				t.Errorf("%v is no injected error", err)
			}
			return err
		})
	})
	r.wantNone(t)
	for _, w := range []string{"1 connect", "2 query", "3 query", "4 query", "5 result", "6 result", "7 commit", "2 kill", "3 kill", "4 kill", "5 kill", "6 kill", "7 kill"} {
		if seen[w] != 1 {
			t.Errorf("%s failed %d times, want once; all: %v", w, seen[w], seen)
		}
	}
	if len(seen) != 13 {
		t.Errorf("%d calls failed: %v", len(seen), seen)
	}
}

func calls(db *sql.DB) error {
	if err := db.Ping(); err != nil { // 1 connect, 2 ping
		return err
	}
	tx, err := db.Begin() // 3
	if err != nil {
		return err
	}
	defer tx.Rollback()
	rows, err := tx.Query("SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3") // 4, 5 and 6 its rows
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return tx.Commit() // 7
}

// The same statement that succeeds later is a retry with the same arguments or in a new transaction; else it may be the next
// turn of a loop that goes over an error.
func TestSweepTellsARetryFromALoop(t *testing.T) {
	const q = "SELECT ?"
	again := func(do func() error) error {
		if do() == nil {
			return nil
		}
		return do()
	}
	arg := 0
	tests := map[string]struct {
		body func(db *sql.DB) error
		want string
	}{
		"loop": {func(db *sql.DB) error {
			for i := range 3 {
				db.Exec(q, i)
			}
			return nil
		}, "reports success with call 2 failing (query)"},
		"retry of a call": {func(db *sql.DB) error {
			return again(func() error { _, err := db.Exec(q, 7); return err })
		}, ""},
		"retry of a transaction with a new argument": {func(db *sql.DB) error {
			return again(func() error {
				tx, err := db.Begin()
				if err != nil {
					return err
				}
				defer tx.Rollback()
				arg++
				if _, err := tx.Exec(q, arg); err != nil {
					return err
				}
				return tx.Commit()
			})
		}, ""},
	}
	for name, test := range tests {
		c := sqlite(t)
		r := here(t, func(tb testing.TB) { runtimecheck.Sweep(tb, c, test.body) })
		if test.want == "" {
			r.wantNone(t)
		} else if !strings.Contains(r.text(), test.want) {
			t.Errorf("%s: the failures lack %q:\n%s", name, test.want, r.text())
		}
	}
}
