// Package loop: break, continue, and a loop that queries again before it has closed.
package loop

import (
	"context"
	"database/sql"
)

func Break(db *sql.DB, wanted int) (bool, error) {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return false, err
	}
	found := false
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			rows.Close()
			return false, err
		}
		if id == wanted {
			found = true
			break
		}
	}
	return found, rows.Err()
}

func BreakClosed(db *sql.DB, wanted int) (bool, error) {
	rows, err := db.Query("SELECT id FROM t") // ok: closed after the loop, however it was left
	if err != nil {
		return false, err
	}
	found := false
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			rows.Close()
			return false, err
		}
		if id == wanted {
			found = true
			break
		}
	}
	rows.Close()
	return found, rows.Err()
}

func LabelledBreak(db *sql.DB) (int, error) {
	rows, err := db.Query("SELECT id FROM t") // want "rows from .* not closed"
	if err != nil {
		return 0, err
	}
	n := 0
scan:
	for rows.Next() {
		switch {
		case n > 0:
			break scan
		default:
			n++
		}
	}
	return n, rows.Err()
}

func SwitchBreak(db *sql.DB) (int, error) {
	rows, err := db.Query("SELECT id FROM t") // ok: this break leaves the switch, the loop runs to the end
	if err != nil {
		return 0, err
	}
	n := 0
	for rows.Next() {
		switch {
		case n > 0:
			break
		default:
			n++
		}
	}
	return n, rows.Err()
}

func ContinueOuter(ctx context.Context, db *sql.DB) error {
outer:
	for i := range 3 {
		rows, err := db.QueryContext(ctx, "SELECT id FROM t WHERE n = ?", i) // want "rows from .* not closed"
		if err != nil {
			return err
		}
		for rows.Next() {
			if i == 1 {
				continue outer
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}

func ContinueOuterClosed(ctx context.Context, db *sql.DB) error {
outer:
	for i := range 3 {
		rows, err := db.QueryContext(ctx, "SELECT id FROM t WHERE n = ?", i) // ok: closed before the next one
		if err != nil {
			return err
		}
		for rows.Next() {
			if i == 1 {
				rows.Close()
				continue outer
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}

func AgainWhileOpen(db *sql.DB, n int) error {
	for range n {
		rows, err := db.Query("SELECT id FROM t") // want "rows from"
		if err != nil {
			return err
		}
		rows.Next()
	}
	return nil
}

func AgainAfterClose(db *sql.DB, n int) error {
	for range n {
		rows, err := db.Query("SELECT id FROM t") // ok: one at a time
		if err != nil {
			return err
		}
		rows.Next()
		rows.Close()
	}
	return nil
}

func RetryUntilRow(db *sql.DB) error {
	var rows *sql.Rows
	var err error
	for range 3 {
		rows, err = db.Query("SELECT id FROM t") // ok: a failed query leaves nothing, a good one leaves the loop
		if err == nil {
			break
		}
	}
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}
	return rows.Err()
}

func RetryForgets(db *sql.DB) error {
	var rows *sql.Rows
	var err error
	for range 3 {
		rows, err = db.Query("SELECT id FROM t") // want "rows from"
		if err == nil && rows.Next() {
			break
		}
		if err == nil {
			err = rows.Err()
		}
	}
	if err != nil {
		return err
	}
	return nil
}

func ConditionOnly(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: the loop ends only when Next is false
	if err != nil {
		return err
	}
	for more := rows.Next(); more; more = rows.Next() {
	}
	return rows.Err()
}

func UntilFalse(db *sql.DB) error {
	rows, err := db.Query("SELECT id FROM t") // ok: the loop is left where Next is false
	if err != nil {
		return err
	}
	for {
		if !rows.Next() {
			break
		}
	}
	return rows.Err()
}

func BreakAfterScan(ctx context.Context, db *sql.DB, ids []int) error {
	for _, id := range ids {
		rows, err := db.QueryContext(ctx, "SELECT id FROM t", id) // want "before the loop acquires another"
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var n int
			if err := rows.Scan(&n); err != nil {
				return err
			}
			if n == 1 { // what Scan has stored, not the zero that n began with
				break
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}
