package pgxcheck_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/connlint/connlint/internal/testdb"
	"github.com/connlint/connlint/runtimecheck/pgxcheck"
)

// The example of the package's documentation.
func TestTransfer(t *testing.T) {
	dsn := testdb.Postgres(t)

	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	store := NewStore(pgxcheck.NewPool(t, cfg))
	if err := store.Transfer(t.Context()); err != nil {
		t.Error(err)
	}
}

// The error paths of the same code, one after the other.
func TestTransferFailing(t *testing.T) {
	pgxcheck.Sweep(t, accounts(t), func(pool *pgxpool.Pool) error {
		return transfer(t.Context(), pool)
	})
}

// A Store is code under test.
type Store struct{ pool *pgxpool.Pool }

func NewStore(pool *pgxpool.Pool) *Store { return &Store{pool} }

func (s *Store) Transfer(ctx context.Context) error { return useEverything(ctx, s.pool) }
