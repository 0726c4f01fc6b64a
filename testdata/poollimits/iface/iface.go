// Package iface: the limits are set through an interface, on what wraps the pool.
package iface

import (
	"database/sql"
	"os"
	"time"
)

type conn interface {
	Ping() error
	SetMaxOpenConns(int)
	SetConnMaxLifetime(time.Duration)
}

type counting struct{ conn }

type store struct{ c conn }

func open() (*store, error) {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // ok: below, through the wrapper
	if err != nil {
		return nil, err
	}
	var c conn = db
	if os.Getenv("COUNT") != "" {
		c = &counting{c}
	}
	c.SetMaxOpenConns(10)
	c.SetConnMaxLifetime(time.Hour)
	return &store{c}, nil
}
