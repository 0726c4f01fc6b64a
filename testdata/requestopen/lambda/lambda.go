// Command lambda: what the handler opens is opened at every invocation; what a
// package variable or main opens lives as long as the instance.
package main

import (
	"context"
	"database/sql"
	"os"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

var shared, openErr = sql.Open("mysql", os.Getenv("DSN")) // ok: once an instance

type event struct{ ID int }

func handle(ctx context.Context, e event) (string, error) {
	db, err := sql.Open("mysql", os.Getenv("DSN")) // want `sql.Open opens a pool for every invocation`
	if err != nil {
		return "", err
	}
	defer db.Close()
	return name(ctx, db, e.ID)
}

func handleShared(ctx context.Context, e events.APIGatewayProxyRequest) (string, error) {
	if openErr != nil {
		return "", openErr
	}
	return name(ctx, shared, 1)
}

func name(ctx context.Context, db *sql.DB, id int) (s string, err error) {
	err = db.QueryRowContext(ctx, "SELECT name FROM t WHERE id = ?", id).Scan(&s)
	return s, err
}

type app struct{ db *sql.DB }

func (a *app) invoke(ctx context.Context) error { return a.db.PingContext(ctx) }

func (a *app) wasteful(ctx context.Context) error {
	db, err := sql.Open("mysql", os.Getenv("DSN")) // want `sql.Open opens a pool for every invocation`
	if err != nil {
		return err
	}
	return db.PingContext(ctx)
}

func main() {
	switch os.Getenv("HANDLER") {
	case "shared":
		lambda.Start(handleShared)
	case "method":
		db, err := sql.Open("mysql", os.Getenv("DSN")) // ok: main is the start of the instance
		if err != nil {
			panic(err)
		}
		a := &app{db}
		lambda.Start(a.invoke)
		lambda.Start(a.wasteful)
	default:
		lambda.Start(handle)
	}
}
