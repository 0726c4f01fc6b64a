package runtimecheck

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"sync"
	"testing"

	"github.com/connlint/connlint/runtimecheck/internal/track"
)

// OpenDB is sql.OpenDB for a test. When tb and its subtests end, what is still open on the handle fails tb;
// then the handle and whatever leaked are closed. Do not close it yourself; if the code under test does, the
// check is still right.
//
// Cleanups that are registered after OpenDB run before the check, and may give things back. A failing or
// skipped test is not judged, see [RunOnFailure].
func OpenDB(tb testing.TB, c driver.Connector, opts ...Option) *sql.DB {
	tb.Helper()
	h := track.NewHandle(fmt.Sprintf("%T", c.Driver()), track.NewConfig(opts))
	db := sql.OpenDB(&connector{raw: c, h: h})
	h.DB = db
	after := func() { db.Close() } // errors of closing idle connections are the driver's
	if h.Config.RawConns {
		after = rawConns(h, db)
	}
	track.Guard(tb, h, after)
	return db
}

// Open is OpenDB for a registered driver and a data source name. An error of the driver about the name fails tb
// at once.
func Open(tb testing.TB, driverName, dataSourceName string, opts ...Option) *sql.DB {
	tb.Helper()
	c, err := DataSource(driverName, dataSourceName)
	if err != nil {
		tb.Fatalf("runtimecheck: %v", err)
	}
	return OpenDB(tb, c, opts...)
}

// DataSource returns the driver.Connector that sql.Open would use, for [OpenDB], [Connector] and [Sweep].
func DataSource(driverName, dataSourceName string) (driver.Connector, error) {
	db, err := sql.Open(driverName, dataSourceName)
	if err != nil {
		return nil, err
	}
	d := db.Driver()
	db.Close() // it has no connection
	return connectorOf(d, dataSourceName)
}

func connectorOf(d driver.Driver, name string) (driver.Connector, error) {
	if dc, ok := d.(driver.DriverContext); ok {
		return dc.OpenConnector(name)
	}
	return dsnConnector{name, d}, nil
}

// A dsnConnector is what database/sql uses for a driver that has no connectors.
type dsnConnector struct {
	name string
	d    driver.Driver
}

func (c dsnConnector) Connect(context.Context) (driver.Conn, error) { return c.d.Open(c.name) }
func (c dsnConnector) Driver() driver.Driver                        { return c.d }

// Connector tracks the connections of a handle that no test owns, such as a package's *sql.DB. They are judged by
// [VerifyNone], [VerifyTestMain] and [Find]. Options that say how to track (Nested, MaxHold) belong here, those
// that say how to judge belong there.
func Connector(c driver.Connector, opts ...Option) driver.Connector {
	h := track.NewHandle(fmt.Sprintf("%T", c.Driver()), shareable(opts))
	track.Share(h)
	return &connector{raw: c, h: h}
}

// shareable makes the configuration of a handle without an owner: RawConns needs the *sql.DB.
func shareable(opts []Option) *track.Config {
	cfg := track.NewConfig(opts)
	cfg.RawConns = false
	return cfg
}

var registered struct {
	mu    sync.Mutex
	names map[string]bool
}

// Register registers the tracked twin of a registered driver and returns its name, "runtimecheck:"+driverName, for
// code that opens its own handles by a name that a test can set. It may be called several times. Like
// sql.Register it panics when it cannot do its work: when there is no such driver.
func Register(driverName string, opts ...Option) string {
	twin := "runtimecheck:" + driverName
	registered.mu.Lock()
	defer registered.mu.Unlock()
	if registered.names[twin] {
		return twin
	}
	db, err := sql.Open(driverName, "")
	if err != nil {
		panic(fmt.Sprintf("runtimecheck: Register: %v", err))
	}
	d := db.Driver()
	db.Close() // it has no connection
	sql.Register(twin, &twinDriver{d, opts})
	if registered.names == nil {
		registered.names = map[string]bool{}
	}
	registered.names[twin] = true
	return twin
}

// A twinDriver makes tracked connectors.
type twinDriver struct {
	raw  driver.Driver
	opts []Option
}

func (d *twinDriver) Open(name string) (driver.Conn, error) {
	c, err := d.OpenConnector(name)
	if err != nil {
		return nil, err
	}
	return c.Connect(context.Background())
}

func (d *twinDriver) OpenConnector(name string) (driver.Connector, error) {
	c, err := connectorOf(d.raw, name)
	if err != nil {
		return nil, err
	}
	return Connector(c, d.opts...), nil
}

// Unwrap returns the driver's own connection, given what (*sql.Conn).Raw passes to its function. What is not
// wrapped is returned as it is; nil if it is no driver.Conn.
func Unwrap(driverConn any) driver.Conn {
	if c, ok := driverConn.(*conn); ok {
		return c.raw
	}
	raw, _ := driverConn.(driver.Conn)
	return raw
}
