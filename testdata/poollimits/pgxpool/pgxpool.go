// Package pgxpool: limits in the configuration or in the connection string.
package pgxpool

import (
	"context"
	"fmt"
	"os"

	"github.com/jackc/pgx/v5/pgxpool"
)

type store struct{ pool *pgxpool.Pool }

func text(ctx context.Context) (*store, error) {
	pool, err := pgxpool.New(ctx, "postgres://app@db/shop") // want `pool from pgxpool.New has no MaxConns: its size is that of the machine`
	if err != nil {
		return nil, err
	}
	return &store{pool}, nil
}

func sized(ctx context.Context) (*store, error) {
	pool, err := pgxpool.New(ctx, "postgres://app@db/shop?pool_max_conns=10") // ok: in the text
	if err != nil {
		return nil, err
	}
	return &store{pool}, nil
}

func built(ctx context.Context, user, host string) (*store, error) {
	pool, err := pgxpool.New(ctx, fmt.Sprintf("postgres://%s@%s/shop", user, host)) // want `pool from pgxpool.New has no MaxConns`
	if err != nil {
		return nil, err
	}
	return &store{pool}, nil
}

func environment(ctx context.Context) (*store, error) {
	pool, err := pgxpool.New(ctx, os.Getenv("DATABASE_URL")) // ok: who knows what it says
	if err != nil {
		return nil, err
	}
	return &store{pool}, nil
}

func configured(ctx context.Context) (*store, error) {
	cfg, err := pgxpool.ParseConfig("postgres://app@db/shop")
	if err != nil {
		return nil, err
	}
	cfg.MaxConns = 10
	pool, err := pgxpool.NewWithConfig(ctx, cfg) // ok: in the configuration
	if err != nil {
		return nil, err
	}
	return &store{pool}, nil
}

func unconfigured(ctx context.Context) (*store, error) {
	cfg, err := pgxpool.ParseConfig("postgres://app@db/shop")
	if err != nil {
		return nil, err
	}
	cfg.MinConns = 1
	pool, err := pgxpool.NewWithConfig(ctx, cfg) // want `pool from pgxpool.NewWithConfig has no MaxConns`
	if err != nil {
		return nil, err
	}
	return &store{pool}, nil
}

func set(cfg *pgxpool.Config) { cfg.MaxConns = 10 }

func byHelper(ctx context.Context) (*store, error) {
	cfg, err := pgxpool.ParseConfig("postgres://app@db/shop")
	if err != nil {
		return nil, err
	}
	set(cfg)
	pool, err := pgxpool.NewWithConfig(ctx, cfg) // ok: set
	if err != nil {
		return nil, err
	}
	return &store{pool}, nil
}
