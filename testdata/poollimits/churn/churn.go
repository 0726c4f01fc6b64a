// Package churn: two idle connections for many open ones.
package churn

import (
	"database/sql"
	"os"
	"time"
)

type store struct{ db *sql.DB }

func forgets() *store {
	db, err := sql.Open("mysql", os.Getenv("DSN"))
	if err != nil {
		panic(err)
	}
	db.SetMaxOpenConns(50) // want `db from sql.Open may open 50 connections and keeps 2 idle`
	db.SetConnMaxLifetime(time.Hour)
	return &store{db}
}

func small() *store {
	db, err := sql.Open("mysql", os.Getenv("DSN"))
	if err != nil {
		panic(err)
	}
	db.SetMaxOpenConns(4) // ok: two of four
	db.SetConnMaxLifetime(time.Hour)
	return &store{db}
}

func keeps() *store {
	db, err := sql.Open("mysql", os.Getenv("DSN"))
	if err != nil {
		panic(err)
	}
	db.SetMaxOpenConns(50) // ok: all may stay
	db.SetMaxIdleConns(50)
	db.SetConnMaxLifetime(time.Hour)
	return &store{db}
}
