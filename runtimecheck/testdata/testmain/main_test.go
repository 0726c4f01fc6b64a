// Package testmain is run by the tests of runtimecheck: a package-level handle, checked by VerifyNone and VerifyTestMain.
package testmain

import (
	"context"
	"database/sql"
	"os"
	"testing"
	"time"

	"github.com/connlint/connlint/runtimecheck"
	_ "modernc.org/sqlite"
)

var db = func() *sql.DB {
	c, err := runtimecheck.DataSource("sqlite", ":memory:")
	if err != nil {
		panic(err)
	}
	return sql.OpenDB(runtimecheck.Connector(c))
}()

func TestMain(m *testing.M) {
	runtimecheck.VerifyTestMain(m, runtimecheck.Settle(50*time.Millisecond))
}

func TestUnchecked(t *testing.T) {
	if os.Getenv("LEAK") == "" {
		t.Skip()
	}
	if _, err := db.Conn(context.Background()); err != nil {
		t.Fatal(err)
	}
}
