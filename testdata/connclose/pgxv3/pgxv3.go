// Package pgxv3: connections of the third version of pgx; those of a pool are given to
// the pool's Release.
package pgxv3

import (
	"context"
	"errors"

	"github.com/jackc/pgx"
)

func open(name string) (*pgx.ConnPool, error) {
	config, err := pgx.ParseConnectionString(name)
	if err != nil {
		return nil, err
	}
	return pgx.NewConnPool(pgx.ConnPoolConfig{ConnConfig: config, MaxConnections: 2})
}

func Never(name string) error {
	pool, err := open(name)
	if err != nil {
		return err
	}
	defer pool.Close()
	conn, err := pool.Acquire() // want "connection from .* not closed"
	if err != nil {
		return err
	}
	_, err = conn.Exec("UPDATE t SET a = 1")
	return err
}

func Released(name string) error {
	pool, err := open(name)
	if err != nil {
		return err
	}
	defer pool.Close()
	conn, err := pool.Acquire() // ok: deferred
	if err != nil {
		return err
	}
	defer pool.Release(conn)
	_, err = conn.Exec("UPDATE t SET a = 1")
	return err
}

func ErrorPath(name string) (n int, err error) {
	pool, err := open(name)
	if err != nil {
		return 0, err
	}
	defer pool.Close()
	conn, err := pool.Acquire() // want "connection from .* not closed"
	if err != nil {
		return 0, err
	}
	if err := conn.QueryRow("SELECT id FROM t").Scan(&n); err != nil {
		return 0, err
	}
	pool.Release(conn)
	return n, nil
}

func WithContext(ctx context.Context, name string) error {
	pool, err := open(name)
	if err != nil {
		return err
	}
	defer pool.Close()
	conn, err := pool.AcquireEx(ctx) // want "connection from .* not closed"
	if err != nil {
		return err
	}
	return conn.Ping(ctx)
}

func WithContextReleased(ctx context.Context, name string) error {
	pool, err := open(name)
	if err != nil {
		return err
	}
	defer pool.Close()
	conn, err := pool.AcquireEx(ctx) // ok: released by the literal
	if err != nil {
		return err
	}
	defer func() { pool.Release(conn) }()
	return conn.Ping(ctx)
}

// A Job keeps a connection, for its lock, until it is done.
type Job struct {
	id   int
	conn *pgx.Conn
	pool *pgx.ConnPool
}

// Close gives the connection back, and closes the pool.
func (j *Job) Close() {
	j.pool.Release(j.conn)
	j.pool.Close()
}

func Lock(name string) (*Job, error) {
	pool, err := open(name)
	if err != nil {
		return nil, err
	}
	conn, err := pool.Acquire() // want "connection from .* not closed"
	if err != nil {
		pool.Close()
		return nil, err
	}
	j := Job{conn: conn, pool: pool}
	for range 2 {
		if err := conn.QueryRow("SELECT id FROM t").Scan(&j.id); err == nil {
			return &j, nil
		} else if err != pgx.ErrNoRows {
			pool.Release(conn)
			pool.Close()
			return nil, err
		}
	}
	pool.Close()
	return nil, errors.New("again")
}

func LockReleased(name string) (*Job, error) {
	pool, err := open(name)
	if err != nil {
		return nil, err
	}
	conn, err := pool.Acquire() // ok: the job's, or released
	if err != nil {
		pool.Close()
		return nil, err
	}
	j := Job{conn: conn, pool: pool}
	for range 2 {
		if err := conn.QueryRow("SELECT id FROM t").Scan(&j.id); err == nil {
			return &j, nil
		} else if err != pgx.ErrNoRows {
			break
		}
	}
	pool.Release(conn)
	pool.Close()
	return nil, errors.New("again")
}

// noexec: a pool that has just been opened has a connection to give
func BeforeCheck(name string) error {
	pool, err := open(name)
	if err != nil {
		return err
	}
	defer pool.Close()
	conn, err := pool.Acquire()
	defer pool.Release(conn) // want "before its error is checked"
	if err != nil {
		return err
	}
	_, err = conn.Exec("UPDATE t SET a = 1")
	return err
}

func Connect(name string) error {
	config, err := pgx.ParseConnectionString(name)
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(config) // want "connection from .* not closed"
	if err != nil {
		return err
	}
	_, err = conn.Exec("UPDATE t SET a = 1")
	return err
}

func ConnectClosed(name string) error {
	config, err := pgx.ParseConnectionString(name)
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(config) // ok: deferred
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.Exec("UPDATE t SET a = 1")
	return err
}

// noexec: needs a server that is set up for replication
func Replication(config pgx.ConnConfig, slot string) error {
	conn, err := pgx.ReplicationConnect(config) // want "connection from .* not closed"
	if err != nil {
		return err
	}
	return conn.DropReplicationSlot(slot)
}

// noexec: needs a server that is set up for replication
func ReplicationClosed(config pgx.ConnConfig, slot string) error {
	conn, err := pgx.ReplicationConnect(config) // ok: deferred
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.DropReplicationSlot(slot)
}

func Pool(name string) (*pgx.ConnPool, error) {
	config, err := pgx.ParseConnectionString(name)
	if err != nil {
		return nil, err
	}
	pool, err := pgx.NewConnPool(pgx.ConnPoolConfig{ConnConfig: config}) // want "pool from .* not (closed|released)"
	if err != nil {
		return nil, err
	}
	if _, err := pool.Exec("UPDATE t SET a = 1"); err != nil {
		return nil, err
	}
	return pool, nil
}

func PoolClosed(name string) (*pgx.ConnPool, error) {
	config, err := pgx.ParseConnectionString(name)
	if err != nil {
		return nil, err
	}
	pool, err := pgx.NewConnPool(pgx.ConnPoolConfig{ConnConfig: config}) // ok: closed where it is not handed out
	if err != nil {
		return nil, err
	}
	if _, err := pool.Exec("UPDATE t SET a = 1"); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}
