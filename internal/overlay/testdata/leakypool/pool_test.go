// Package leakypool is run by the tests of overlay: a suite on pgxpool.
package leakypool

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
)

func open(t *testing.T) *pgxpool.Pool {
	p, err := pgxpool.New(t.Context(), os.Getenv("DSN"))
	if err != nil {
		t.Fatal(err)
	}
	return p // closing a pool with a leak would wait for ever
}

func TestClean(t *testing.T) {
	p := open(t)
	defer p.Close()
	var n int
	if err := p.QueryRow(t.Context(), "SELECT 1").Scan(&n); err != nil {
		t.Fatal(err)
	}
	c, err := p.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.Release()
	if c, err = p.Acquire(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.Hijack().Close(t.Context())
}

func TestRows(t *testing.T) {
	if _, err := open(t).Query(t.Context(), "SELECT 1"); err != nil {
		t.Fatal(err)
	}
}

func TestAcquire(t *testing.T) {
	if _, err := open(t).Acquire(t.Context()); err != nil {
		t.Fatal(err)
	}
}
