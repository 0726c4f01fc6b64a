// Package noreturn: a call that never returns ends the path.
package noreturn

import (
	"database/sql"
	"fmt"
	"log"
	"os"
	"testing"
)

// noexec: it ends the process
func Fatal(db *sql.DB) {
	rows, err := db.Query("SELECT id FROM t") // ok: log.Fatal does not return
	if err != nil {
		log.Fatal(err)
	}
	if !rows.Next() {
		log.Fatalf("no rows: %v", rows.Err())
	}
	rows.Close()
}

// noexec: it ends the process
func FatalLeaks(db *sql.DB) {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		log.Fatal(err)
	}
	if !rows.Next() {
		log.Fatalf("no rows: %v", rows.Err())
	}
}

// noexec: it ends the process
func Exit(db *sql.DB) {
	rows, err := db.Query("SELECT id FROM t") // ok: os.Exit does not return
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if rows.Next() {
		os.Exit(2)
	}
	rows.Close()
}

func die(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// noexec: it ends the process
func Helper(db *sql.DB) {
	rows, err := db.Query("SELECT id FROM t") // ok: die does not return
	if err != nil {
		die(err)
	}
	if rows.Next() {
		die(rows.Err())
	}
	rows.Close()
}

func dieIf(err error) {
	if err != nil {
		die(err)
	}
}

// noexec: it ends the process
func HelperThatMay(db *sql.DB) {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	dieIf(err)
	rows.Next()
}

// noexec: it ends the process
func HelperThatMayClosed(db *sql.DB) {
	rows, err := db.Query("SELECT id FROM t") // ok: where dieIf returns there is no error, and the rows are closed
	dieIf(err)
	defer rows.Close()
	rows.Next()
}

func Test(t testing.TB, db *sql.DB) {
	rows, err := db.Query("SELECT id FROM t") // ok: Fatal and Skip do not return
	if err != nil {
		t.Skip(err)
	}
	var id int
	if rows.Next() {
		if err := rows.Scan(&id); err != nil {
			rows.Close()
			t.Fatal(err)
		}
	}
	rows.Close()
}

func Panic(db *sql.DB) {
	rows, err := db.Query("SELECT id FROM t") // ok: panic does not return
	if err != nil {
		panic(err)
	}
	rows.Close()
}

func Select(db *sql.DB, forever bool) {
	rows, err := db.Query("SELECT id FROM t") // ok: it waits for ever with rows that it closed
	if err != nil {
		return
	}
	rows.Close()
	_ = forever
}
