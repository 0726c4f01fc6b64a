// Package rpc: services of gRPC and connect.
package rpc

import (
	"context"
	"database/sql"
	"os"

	"connectrpc.com/connect"
	"google.golang.org/grpc"
)

// What protoc-gen-go-grpc writes.
type (
	GetRequest  struct{ ID int }
	GetResponse struct{ Name string }
)

type UnimplementedShopServer struct{}

func (UnimplementedShopServer) Get(context.Context, *GetRequest) (*GetResponse, error) {
	return nil, nil
}
func (UnimplementedShopServer) Watch(*GetRequest, grpc.ServerStream) error { return nil }

type shop struct {
	UnimplementedShopServer
	db *sql.DB
}

func (s *shop) Get(ctx context.Context, req *GetRequest) (*GetResponse, error) {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // want `sql.Open opens a pool for every request`
	if err != nil {
		return nil, err
	}
	defer db.Close()
	return read(ctx, db, req)
}

func (s *shop) Watch(req *GetRequest, stream grpc.ServerStream) error {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // want `sql.Open opens a pool for every request`
	if err != nil {
		return err
	}
	return db.PingContext(stream.Context())
}

// Init is no method of the service.
func (s *shop) Init() (err error) {
	s.db, err = sql.Open("pgx", os.Getenv("DSN")) // ok: start-up
	return err
}

type connectShop struct{}

func (connectShop) Get(ctx context.Context, req *connect.Request[GetRequest]) (*connect.Response[GetResponse], error) {
	db, err := sql.Open("pgx", os.Getenv("DSN")) // want `sql.Open opens a pool for every request`
	if err != nil {
		return nil, err
	}
	res, err := read(ctx, db, req.Msg)
	return connect.NewResponse(res), err
}

func read(ctx context.Context, db *sql.DB, req *GetRequest) (*GetResponse, error) {
	res := new(GetResponse)
	err := db.QueryRowContext(ctx, "SELECT name FROM t WHERE id = $1", req.ID).Scan(&res.Name)
	return res, err
}
