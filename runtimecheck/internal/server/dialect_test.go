package server

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
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
