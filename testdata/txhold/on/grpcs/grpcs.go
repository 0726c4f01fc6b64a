// Package grpcs: a remote procedure call through a generated client.
package grpcs

import (
	"context"
	"database/sql"

	"google.golang.org/grpc"
)

type PayRequest struct{ ID int }

type PayReply struct{ OK bool }

// PaymentClient is what protoc-gen-go-grpc makes of a service.
type PaymentClient interface {
	Pay(ctx context.Context, in *PayRequest, opts ...grpc.CallOption) (*PayReply, error)
}

func Pay(ctx context.Context, db *sql.DB, client PaymentClient) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := client.Pay(ctx, &PayRequest{ID: 1}); err != nil { // want `grpcs\.PaymentClient\.Pay waits for a remote procedure call while the transaction tx is open`
		return err
	}
	return tx.Commit()
}
