package server_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"testing"
	"time"

	"github.com/connlint/connlint/runtimecheck"
)

// A keeping connector's connections do not end their session when they are closed.
type keeping struct {
	driver.Connector
	kept chan driver.Conn // from the garbage collector, which would close their sockets
}

func (k keeping) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := k.Connector.Connect(ctx)
	k.kept <- c
	return keptConn{c}, err
}

type keptConn struct{ driver.Conn }

func (keptConn) Close() error { return nil }

// session that stays × server: the driver says closed, the server has it still.
func TestSessionStays(t *testing.T) {
	t.Parallel()
	for _, d := range databases(t) {
		t.Run(d.name, func(t *testing.T) {
			connector := keeping{d.connect, make(chan driver.Conn, 10)}
			got := leaksOf(t, connector, func(_ context.Context, db *sql.DB) {
				must(db.Query("SELECT 1")).Close()
				db.SetMaxIdleConns(0)
			}, runtimecheck.Server(d.admin))
			if len(got) != 1 || got[0].Kind != runtimecheck.KindSession || got[0].Server == nil || got[0].Server.ID == 0 {
				t.Errorf("want one session that stays, got %+v", got)
			}
			close(connector.kept)
			for c := range connector.kept {
				c.Close()
			}
		})
	}
}

// A connection on which a call runs cannot be closed by force on the client; the server ends its session.
func TestRunningCallIsEndedByTheServer(t *testing.T) {
	t.Parallel()
	for _, d := range databases(t) {
		t.Run(d.name, func(t *testing.T) {
			statement := "SELECT pg_sleep(120)"
			if d.name == "mysql" {
				statement = "DO SLEEP(120)"
			}
			ended := make(chan error, 1)
			got := leaksOf(t, d.connect, func(_ context.Context, db *sql.DB) {
				if err := db.Ping(); err != nil {
					t.Fatal(err)
				}
				go func() {
					_, err := db.Exec(statement)
					ended <- err
				}()
				for db.Stats().InUse == 0 {
					time.Sleep(time.Millisecond)
				}
			}, runtimecheck.Server(d.admin))
			if len(got) != 1 || got[0].API != "(*sql.DB).Exec" {
				t.Errorf("want the call that still runs, got %+v", got)
			}
			select {
			case err := <-ended:
				if err == nil {
					t.Error("the call succeeded although its session was ended")
				}
			case <-time.After(30 * time.Second):
				t.Error("the call still runs after the test has been judged")
			}
		})
	}
}
