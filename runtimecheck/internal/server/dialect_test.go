package server

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestDialectOf(t *testing.T) {
	for version, want := range map[string]dialect{
		"PostgreSQL 15.14 (Debian 15.14-0+deb12u1) on x86_64-pc-linux-gnu": postgres{},
		"10.11.14-MariaDB-0+deb12u2":                                       mysql{maria: true},
		"8.0.36":                                                           mysql{},
		"8.4.0-debug":                                                      mysql{},
		"CockroachDB CCL v23.1.11 (x86_64-linux)":                          nil,
		"Microsoft SQL Server 2022 (RTM) 16.0.1000.6":                      nil,
		"": nil,
	} {
		got, err := dialectOf(t.Context(), func(context.Context, string) ([][]string, error) { return [][]string{{version}}, nil })
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q is taken for a %T, want %T", version, got, want)
		}
		if (err == nil) != (want != nil) || err != nil && !strings.Contains(err.Error(), "knows PostgreSQL, MariaDB and MySQL") {
			t.Errorf("%q: error %v", version, err)
		}
	}
	broken := errors.New("no such function: version")
	if _, err := dialectOf(t.Context(), func(context.Context, string) ([][]string, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}

func TestClientPID(t *testing.T) {
	if pid := clientPID(&struct{ pid int }{7}); pid != 7 {
		t.Errorf("field pid: %d", pid)
	}
	for _, other := range []any{nil, 3, struct{}{}, &struct{ pid string }{"7"}, (*int)(nil)} {
		if pid := clientPID(other); pid != 0 {
			t.Errorf("%T: %d", other, pid)
		}
	}
}

// What goes into a statement as a constant stays one.
func TestQuote(t *testing.T) {
	for in, want := range map[string]string{"rtc:1/T": "'rtc:1/T'", "it's": "'it''s'", `a\'; --`: "'a''; --'"} {
		if got := quote(in); got != want {
			t.Errorf("quote(%q) = %s, want %s", in, got, want)
		}
	}
}

// The texts are from MariaDB 10.11 and from the manual of MySQL 8.0, shortened.
const monitorText = `
------------
TRANSACTIONS
------------
Trx id counter 35
LIST OF TRANSACTIONS FOR EACH SESSION:
---TRANSACTION 421606380120440, not started
0 lock struct(s), heap size 1128, 0 row lock(s)
---TRANSACTION 34, ACTIVE 12 sec
2 lock struct(s), heap size 1128, 1 row lock(s), undo log entries 1
MariaDB thread id 17, OS thread handle 139829, query id 120 127.0.0.1 connlint
---TRANSACTION 33, ACTIVE 3 sec starting index read
mysql tables in use 1, locked 1
LOCK WAIT 2 lock struct(s), heap size 1136, 4 row lock(s)
MySQL thread id 18, OS thread handle 140, query id 121 localhost root updating
UPDATE t SET a = '
---TRANSACTION 99, ACTIVE 99 sec
MySQL thread id 99, ' WHERE 7 row lock(s)
---TRANSACTION 421606380119000, ACTIVE (PREPARED) 0 sec
MySQL thread id 19, OS thread handle 141, query id 122 localhost root
--------
FILE I/O
`

func TestMonitored(t *testing.T) {
	want := []innodbTx{{17, 12 * time.Second, "1"}, {18, 3 * time.Second, "4"}, {99, 99 * time.Second, "0"}, {19, 0, "0"}}
	// 99 is made up by a statement's text: that cannot be told from the monitor's own, and is no session of a test.
	if got := monitored(monitorText); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func FuzzMonitored(f *testing.F) {
	f.Add(monitorText)
	f.Fuzz(func(t *testing.T, status string) {
		if n, most := len(monitored(status)), strings.Count(status, "---TRANSACTION"); n > most {
			t.Errorf("%d transactions of at most %d", n, most)
		}
	})
}
