package harness

import (
	"context"
	"fmt"
	"reflect"
	"time"

	pgx4 "github.com/jackc/pgx/v4"
	pgxpool4 "github.com/jackc/pgx/v4/pgxpool"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A holder is a pool or connection of pgx that the function was given.
type holder interface {
	// held says what is out of the pool, or keeps the connection busy; "" for nothing.
	held() string
	// sessions returns how many connections to the server are the holder's own.
	sessions() int
	close()
}

type poolHolder struct{ pool *pgxpool.Pool }

func (h poolHolder) held() string {
	if n := h.pool.Stat().AcquiredConns(); n > 0 {
		return fmt.Sprintf("%d connections acquired", n)
	}
	return ""
}
func (h poolHolder) sessions() int { return int(h.pool.Stat().TotalConns()) }
func (h poolHolder) close()        { h.pool.Close() }

type poolHolder4 struct{ pool *pgxpool4.Pool }

func (h poolHolder4) held() string {
	if n := h.pool.Stat().AcquiredConns(); n > 0 {
		return fmt.Sprintf("%d connections acquired", n)
	}
	return ""
}
func (h poolHolder4) sessions() int { return int(h.pool.Stat().TotalConns()) }
func (h poolHolder4) close()        { h.pool.Close() }

// pgConn is what both majors' connections have.
type pgConn interface {
	IsBusy() bool
	TxStatus() byte
}

type connHolder struct {
	pg       pgConn
	isClosed func() bool
	end      func(context.Context) error
}

func (h connHolder) held() string {
	switch {
	case h.isClosed():
		return ""
	case h.pg.IsBusy():
		return "the connection is busy"
	case h.pg.TxStatus() != 'I':
		return "the connection is in a transaction"
	}
	return ""
}

func (h connHolder) sessions() int {
	if h.isClosed() {
		return 0
	}
	return 1
}

func (h connHolder) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = h.end(ctx)
}

func newPool(e *env) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(e.dsn())
	if err != nil {
		return nil, err
	}
	config.MaxConns = int32(e.limit)
	pool, err := pgxpool.NewWithConfig(e.ctx, config)
	if err == nil {
		e.holders = append(e.holders, poolHolder{pool})
	}
	return pool, err
}

func newPool4(e *env) (*pgxpool4.Pool, error) {
	config, err := pgxpool4.ParseConfig(e.dsn())
	if err != nil {
		return nil, err
	}
	config.MaxConns = int32(e.limit)
	config.LazyConnect = true
	pool, err := pgxpool4.ConnectConfig(e.ctx, config)
	if err == nil {
		e.holders = append(e.holders, poolHolder4{pool})
	}
	return pool, err
}

func newConn(e *env) (*pgx.Conn, error) {
	conn, err := pgx.Connect(e.ctx, e.dsn())
	if err == nil {
		e.holders = append(e.holders, connHolder{conn.PgConn(), conn.IsClosed, conn.Close})
	}
	return conn, err
}

func newConn4(e *env) (*pgx4.Conn, error) {
	conn, err := pgx4.Connect(e.ctx, e.dsn())
	if err == nil {
		e.holders = append(e.holders, connHolder{conn.PgConn(), conn.IsClosed, conn.Close})
	}
	return conn, err
}

func init() {
	suppliers[reflect.TypeFor[*pgxpool.Pool]()] = []choice{made("pool", newPool)}
	suppliers[reflect.TypeFor[*pgxpool4.Pool]()] = []choice{made("pool", newPool4)}
	suppliers[reflect.TypeFor[*pgx.Conn]()] = []choice{made("conn", newConn)}
	suppliers[reflect.TypeFor[*pgx4.Conn]()] = []choice{made("conn", newConn4)}
}

// pgxFaults says what pgx still holds after the function has returned.
func (e *env) pgxFaults(rule string) []string {
	var faults []string
	for _, h := range e.holders {
		if held := settled(h.held); held != "" {
			faults = append(faults, held)
		}
	}
	if rule == "connclose" {
		extra := func() string {
			n := e.s.count("session")
			for _, h := range e.holders {
				n -= h.sessions()
			}
			if n > 0 {
				return fmt.Sprintf("%d connections to the server left open", n)
			}
			return ""
		}
		if left := settled(extra); left != "" {
			faults = append(faults, left)
		}
	}
	return faults
}

// settled asks until the answer is "" or the time is over.
func settled(ask func() string) string {
	answer := ask()
	for deadline := time.Now().Add(settle); answer != "" && time.Now().Before(deadline); answer = ask() {
		time.Sleep(time.Millisecond)
	}
	return answer
}
