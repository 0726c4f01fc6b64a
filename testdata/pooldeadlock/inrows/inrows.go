// Package inrows: a query inside the loop over rows.
package inrows

import (
	"context"
	"database/sql"
)

func Nested(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM bill")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return err
		}
		if _, err := db.ExecContext(ctx, "UPDATE bill SET seen = true WHERE id = $1", id); err != nil { // want `\(\*sql\.DB\)\.ExecContext wants a second connection of the pool while the result set rows holds one`
			return err
		}
	}
	return rows.Err()
}

// Later: the rows are still open after the break, though nothing reads them.
func Later(ctx context.Context, db *sql.DB) (name string, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM bill")
	if err != nil {
		return "", err
	}
	defer rows.Close()
	id := 0
	for rows.Next() {
		if err := rows.Scan(&id); err != nil {
			return "", err
		}
		break
	}
	err = db.QueryRowContext(ctx, "SELECT name FROM bill WHERE id = $1", id).Scan(&name) // want `\(\*sql\.DB\)\.QueryRowContext wants a second`
	return name, err
}

func Helper(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM bill")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return err
		}
		if err := mark(ctx, db, id); err != nil { // want `inrows\.mark \(\(\*database/sql\.DB\)\.ExecContext at .*\) wants a second`
			return err
		}
	}
	return rows.Err()
}

func mark(ctx context.Context, db *sql.DB, id int) error {
	_, err := db.ExecContext(ctx, "UPDATE bill SET seen = true WHERE id = $1", id)
	return err
}

// TwoReads: all the ids first, then the updates.
func TwoReads(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM bill")
	if err != nil {
		return err
	}
	var ids []int
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			rows.Close()
			return err
		}
		ids = append(ids, id)
	}
	rows.Close()
	for _, id := range ids {
		if err := mark(ctx, db, id); err != nil { // ok: the rows are closed
			return err
		}
	}
	return nil
}

// Leaky leaks its rows as well, which is another rule's affair.
func Leaky(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM bill")
	if err != nil {
		return err
	}
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return err
		}
		if err := mark(ctx, db, id); err != nil { // want `inrows\.mark .* wants a second`
			return err
		}
	}
	return nil
}

// ClosedInside closes the rows in the loop, before it asks again.
func ClosedInside(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM bill")
	if err != nil {
		return err
	}
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			rows.Close()
			return err
		}
		rows.Close()
		return mark(ctx, db, id) // ok: the rows are closed
	}
	return nil
}
