package runtimecheck_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/connlint/connlint/runtimecheck"
)

// What follows up to the end of the examples is what docs/runtimecheck.md shows; TestDocsShowTheseExamples compares.

// The store is the code under test of the examples.
type Store struct{ db *sql.DB }

func (s *Store) Balances(ctx context.Context, owner int) ([]int, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT balance FROM accounts WHERE owner = ?", owner)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var balances []int
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		balances = append(balances, n)
	}
	return balances, rows.Err()
}

func (s *Store) Transfer(ctx context.Context, from, to, amount int) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	const update = "UPDATE accounts SET balance = balance + ? WHERE owner = ?"
	if _, err := tx.ExecContext(ctx, update, -amount, from); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, update, amount, to); err != nil {
		return err
	}
	return tx.Commit()
}

var dsn string

func TestTransfer(t *testing.T) {
	db := runtimecheck.Open(t, "sqlite", dsn)
	store := &Store{db}
	if err := store.Transfer(t.Context(), 1, 2, 10); err != nil {
		t.Fatal(err)
	}
	if b, err := store.Balances(t.Context(), 2); err != nil || len(b) != 1 {
		t.Errorf("balances %v, %v", b, err)
	}
} // whatever the store left open fails the test here

func TestTransferErrorPaths(t *testing.T) {
	c, err := runtimecheck.DataSource("sqlite", dsn)
	if err != nil {
		t.Fatal(err)
	}
	runtimecheck.Sweep(t, c, func(db *sql.DB) error {
		return (&Store{db}).Transfer(t.Context(), 1, 2, 10)
	})
}

func TestTransferOnAPoolOfOne(t *testing.T) {
	db := runtimecheck.Open(t, "sqlite", dsn, runtimecheck.Nested())
	runtimecheck.Limit(t, db, 1, func() {
		if err := (&Store{db}).Transfer(t.Context(), 1, 2, 10); err != nil {
			t.Error(err)
		}
	})
}

func TestTransferGivesUpInTime(t *testing.T) {
	db := runtimecheck.Open(t, "sqlite", dsn)
	runtimecheck.Limit(t, db, 0, func() {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := (&Store{db}).Transfer(ctx, 1, 2, 10); err == nil {
			t.Error("a transfer without a connection")
		}
	})
}

func TestTransferUsesOneSession(t *testing.T) {
	db := runtimecheck.Open(t, "sqlite", dsn, runtimecheck.MaxSessions(1), runtimecheck.MaxHold(time.Second))
	if err := (&Store{db}).Transfer(t.Context(), 1, 2, 10); err != nil {
		t.Error(err)
	}
}

func TestProgramWithItsOwnHandle(t *testing.T) {
	runtimecheck.VerifyNone(t)
	// The program takes the driver's name from its configuration.
	db, err := sql.Open(runtimecheck.Register("sqlite"), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := (&Store{db}).Transfer(t.Context(), 1, 2, 10); err != nil {
		t.Error(err)
	}
}

func TestRawConnection(t *testing.T) {
	db := runtimecheck.Open(t, "sqlite", dsn)
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	err = conn.Raw(func(dc any) error {
		_, ok := runtimecheck.Unwrap(dc).(interface {
			Serialize() ([]byte, error)
		})
		if !ok {
			return fmt.Errorf("%T is not the connection of sqlite", dc)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// End of the examples.

func TestMain(m *testing.M) {
	code := func() int {
		dir, err := os.MkdirTemp("", "runtimecheck")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		dsn = "file:" + dir + "/example.db?_pragma=busy_timeout(10000)"
		db, err := sql.Open("sqlite", dsn)
		if err != nil {
			panic(err)
		}
		if _, err := db.Exec("CREATE TABLE accounts (owner INT, balance INT); INSERT INTO accounts VALUES (1, 100), (2, 100)"); err != nil {
			panic(err)
		}
		db.Close()
		return m.Run()
	}()
	os.Exit(code)
}

// TestDocsShowTheseExamples fails when a Go example of the documentation is not code of this package's tests.
func TestDocsShowTheseExamples(t *testing.T) {
	doc, err := os.ReadFile("../docs/runtimecheck.md")
	must(t, err)
	var code string
	for _, name := range []string{"example_test.go", "testdata/testmain/main_test.go", "pgxcheck/example_test.go", "server_example_test.go"} {
		text, err := os.ReadFile(name)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		code += string(text)
	}
	n := 0
	for i, block := range strings.Split(string(doc), "```") {
		if body, ok := strings.CutPrefix(block, "go\n"); ok && i%2 == 1 {
			n++
			if !strings.Contains(code, body) {
				t.Errorf("not in the tests:\n%s", body)
			}
		}
	}
	if n < 5 {
		t.Errorf("only %d examples found", n)
	}
}
