// Package leaky is run by the tests of overlay: a suite that knows nothing of connlint.
package leaky

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

func open(t *testing.T) *sql.DB {
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "a.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestClean(t *testing.T) {
	db := open(t)
	rows, err := db.Query("SELECT 1")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	fmt.Println("output of the test")
}

func TestRows(t *testing.T) {
	db := open(t)
	for range 2 {
		leakRows(db)
	}
}

func leakRows(db *sql.DB) { db.Query("SELECT 1") }

func TestTable(t *testing.T) {
	for _, name := range []string{"a", "b"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			open(t).Conn(context.Background())
		})
	}
}

func TestHealed(t *testing.T) {
	if _, err := open(t).BeginTx(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
}

// The connection is opened by a goroutine of database/sql, for a waiter that never uses it.
func TestWaiter(t *testing.T) {
	db := open(t)
	db.SetMaxOpenConns(1)
	first, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for db.Stats().WaitCount == 0 {
			time.Sleep(time.Millisecond)
		}
		first.Raw(func(any) error { return driver.ErrBadConn })
		first.Close()
	}()
	db.Conn(context.Background())
}

// A timeout of the code's own is not t.Context().
func TestTimeout(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	db := open(t)
	if _, err := db.BeginTx(ctx, nil); err != nil {
		t.Fatal(err)
	}
	for db.Stats().InUse > 0 {
		time.Sleep(time.Millisecond)
	}
}

// A worker gives back what it has when it is told to stop.
func TestWorker(t *testing.T) {
	db := open(t)
	go func() {
		rows, _ := db.Query("SELECT 1")
		time.Sleep(100 * time.Millisecond)
		rows.Close()
	}()
	time.Sleep(10 * time.Millisecond)
}

func TestGoroutine(t *testing.T) {
	db := open(t)
	done := make(chan bool)
	go func() { leakRows(db); close(done) }()
	<-done
}

// A worker that the program starts is no test's.
func TestProgramsGoroutine(t *testing.T) { <-start(open(t)) }

func start(db *sql.DB) chan bool {
	done := make(chan bool)
	go func() { leakRows(db); close(done) }()
	return done
}

func Example() {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		fmt.Println(err)
	}
	leakRows(db)
	// Output:
}

func TestFails(t *testing.T) {
	if os.Getenv("FAIL") != "" {
		os.Exit(7)
	}
}
