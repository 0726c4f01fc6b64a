// Package prepared: statements take their connection of the pool they were prepared on.
package prepared

import (
	"context"
	"database/sql"
)

type queries struct{ count, insert *sql.Stmt }

type store struct {
	db *sql.DB
	q  queries
}

func ask(ctx context.Context, stmt *sql.Stmt) (n int, err error) {
	err = stmt.QueryRowContext(ctx).Scan(&n)
	return n, err
}

func (s *store) wrong(ctx context.Context) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var n int
	if err := s.q.count.QueryRowContext(ctx).Scan(&n); err != nil { // want `\(\*sql.Stmt\).QueryRowContext wants a second connection of the pool while the transaction tx holds one`
		return err
	}
	if _, err := tx.StmtContext(ctx, s.q.insert).ExecContext(ctx, n); err != nil { // ok: on the transaction
		return err
	}
	return tx.Commit()
}

func (s *store) wrongBelow(ctx context.Context) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := ask(ctx, s.q.count); err != nil { // want `prepared.ask \(\(\*database/sql.Stmt\).QueryRowContext at prepared.go:17\) wants a second connection`
		return err
	}
	return tx.Commit()
}

func (s *store) right(ctx context.Context) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	stmt, err := tx.PrepareContext(ctx, "SELECT count(*) FROM bill")
	if err != nil {
		return err
	}
	defer stmt.Close()
	if _, err := ask(ctx, stmt); err != nil { // ok: prepared on the transaction
		return err
	}
	if _, err := ask(ctx, tx.StmtContext(ctx, s.q.count)); err != nil { // ok: the transaction's own
		return err
	}
	return tx.Commit()
}

func (s *store) prepares(ctx context.Context, ids []int) error {
	stmt, err := s.db.PrepareContext(ctx, "SELECT amount FROM item WHERE bill = $1")
	if err != nil {
		return err
	}
	defer stmt.Close()
	rows, err := s.db.QueryContext(ctx, "SELECT id FROM bill")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, amount int
		if err := rows.Scan(&id); err != nil {
			return err
		}
		if err := stmt.QueryRowContext(ctx, id).Scan(&amount); err != nil { // want `wants a second connection of the pool while the result set rows holds one`
			return err
		}
	}
	return rows.Err()
}

// after is told what to do: its transaction has ended.
func (s *store) after(ctx context.Context) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err = ask(ctx, s.q.count) // ok: nothing is held
	return err
}

// other was prepared on who knows what.
func other(ctx context.Context, db *sql.DB, stmt *sql.Stmt) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := stmt.ExecContext(ctx); err != nil { // ok: it may be the transaction of a caller
		return err
	}
	return tx.Commit()
}
