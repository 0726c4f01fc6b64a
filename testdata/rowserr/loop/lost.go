package loop

import (
	"context"
	"database/sql"
	"errors"
	"log"
)

var errBusy = errors.New("busy")

type codeError struct{ code int }

func (*codeError) Error() string { return "code" }

func translated(err error) error {
	var coded *codeError
	if !errors.As(err, &coded) {
		return err
	}
	if coded.code == 1 {
		return errBusy
	}
	return err
}

func AnotherReturned(ctx context.Context, db *sql.DB) (n int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "another one, and nil"
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	if rows.Err() != nil {
		log.Print(err)
		return 0, err
	}
	return n, nil
}

func AnotherTranslated(ctx context.Context, db *sql.DB) (int, error) {
	n := 0
	if rows, err := db.QueryContext(ctx, "SELECT id FROM t"); err != nil { // want "another one, and nil"
		return 0, translated(err)
	} else {
		defer rows.Close()
		for rows.Next() {
			var id int
			if err = rows.Scan(&id); err != nil {
				return 0, translated(err)
			}
			n++
		}
		if rows.Err() != nil {
			return 0, translated(err)
		}
	}
	return n, nil
}

func AnotherWithoutDefer(ctx context.Context, db *sql.DB) (int, error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // want "another one, and nil"
	if err != nil {
		return 0, err
	}
	n := 0
	for rows.Next() {
		n++
	}
	rows.Close()
	if rows.Err() != nil {
		return 0, err
	}
	return n, nil
}

func TheSame(ctx context.Context, db *sql.DB) (n int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: the variable is the iteration error
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	if err = rows.Err(); err != nil {
		return 0, translated(err)
	}
	return n, err
}

// noexec: it returns no error, as it means to
func DroppedOnPurpose(ctx context.Context, db *sql.DB) (n int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id FROM t") // ok: it says nil where it returns
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	if rows.Err() != nil {
		log.Print("a part is enough")
		return n, nil
	}
	return n, nil
}
