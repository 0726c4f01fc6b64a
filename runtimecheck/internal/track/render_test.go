package track

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestReport pins what a developer reads.
func TestReport(t *testing.T) {
	frame := func(function, file string, line int) runtime.Frame {
		return runtime.Frame{Function: function, File: file, Line: line}
	}
	library := func(n int) []runtime.Frame {
		var out []runtime.Frame
		for range n {
			out = append(out, frame("gorm.io/gorm.(*DB).Find", "/mod/gorm.io/gorm@v1.25.0/finisher.go", 7))
		}
		return out
	}
	r := Report{
		Subject: "TestA", Waited: 330 * time.Millisecond, Pools: []string{"pool: 2 open"}, Errors: []string{"no privilege"},
		Leaks: []Leak{
			{Kind: Rows, Type: "*sql.Rows", API: "(*sql.DB).QueryContext", Conn: 1, Held: 13 * time.Millisecond,
				Query: "SELECT id,\n\t balance FROM a", Stack: []runtime.Frame{frame("x.org/store.(*Store).All", "/s/store.go", 11)}},
			{Kind: Tx, Type: "*sql.Tx", API: "(*sql.DB).BeginTx", Held: 90 * time.Second,
				Stack:   append(library(5), frame("x.org/store.Find", "/s/store.go", 9)),
				Related: []Related{{Title: "last statement", Query: "UPDATE a", Stack: []runtime.Frame{frame("x.org/store.Find", "/s/store.go", 8)}}},
				Server:  &Session{ID: 7, State: "idle in transaction", TxAge: 400 * time.Millisecond, Locks: []string{"a RowExclusiveLock"}},
				Note:    "a note"},
			{Kind: Held, Held: 2 * time.Second, API: "(*sql.DB).Conn", Note: "the limit is 1s"},
			{Kind: Connection, Type: "*sql.Conn"},
		},
	}
	want := `runtimecheck: TestA left 3 open and has 1 more (waited 330ms)

        [1] *sql.Rows never closed (on connection 1, open for 13ms)
            opened by (*sql.DB).QueryContext, called from
                store.(*Store).All                         /s/store.go:11
            query: SELECT id, balance FROM a

        [2] *sql.Tx neither committed nor rolled back (open for 1m30s)
            begun by (*sql.DB).BeginTx, called from
                gorm.(*DB).Find                            /mod/gorm.io/gorm@v1.25.0/finisher.go:7
                gorm.(*DB).Find                            /mod/gorm.io/gorm@v1.25.0/finisher.go:7
                … 3 more in libraries
                store.Find                                 /s/store.go:9
            last statement: UPDATE a (/s/store.go:8)
            server: session 7 is "idle in transaction", transaction open 400ms, locks: a RowExclusiveLock
            note: a note

        [3] a connection was held (for 2s)
            taken by (*sql.DB).Conn
            note: the limit is 1s

        [4] *sql.Conn never closed
            taken by code that is not known

        pool: 2 open
        server: no privilege`
	// Paths are as given when they are far from the working directory.
	if got := r.Error(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestNames(t *testing.T) {
	for in, want := range map[string]string{
		"database/sql.(*DB).QueryContext":                "(*sql.DB).QueryContext",
		"database/sql.(*DB).QueryContext.func1":          "(*sql.DB).QueryContext",
		"github.com/jackc/pgx/v5/pgxpool.(*Pool).Query":  "(*pgxpool.Pool).Query",
		"github.com/jackc/pgx/v5/pgxpool.New":            "pgxpool.New",
		"example.org/a.b/c%2ed.(*T[...]).M":              "(*c%2ed.T[...]).M",
		"github.com/connlint/connlint/runtimecheck.Open": "runtimecheck.Open",
	} {
		if got := apiName(in); got != want {
			t.Errorf("apiName(%q) = %q, want %q", in, got, want)
		}
	}
}

const dump = `goroutine 20 [chan receive, 2 minutes]:
database/sql.(*Tx).awaitDone(0x1)
	/go/src/database/sql/sql.go:2217 +0x29
created by database/sql.(*DB).beginDC in goroutine 7
	/go/src/database/sql/sql.go:1930 +0x1fc
[originating from goroutine 7]:
database/sql.(*DB).Begin(...)
	/go/src/database/sql/sql.go:1874
x.org/store.begin(0x1, {0x2, 0x3})
	/s/store.go:22 +0x1b
testing.tRunner(0x1)
	/go/src/testing/testing.go:1934 +0xc8
created by testing.(*T).Run in goroutine 1
	/go/src/testing/testing.go:1997 +0x44b`

func TestParseGoroutine(t *testing.T) {
	g := parseGoroutine(dump)
	api, user := g.site()
	if g.id != "20" || api != "(*sql.DB).Begin" || len(user) != 1 || user[0].Function != "x.org/store.begin" || user[0].File != "/s/store.go" || user[0].Line != 22 {
		t.Errorf("%+v, %s, %+v", g, api, user)
	}
}

func FuzzParseGoroutine(f *testing.F) {
	f.Add(dump)
	f.Add("goroutine 1 [running]:\nmain.main()\n\tx.go:\n[originating from goroutine")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		g := parseGoroutine(text)
		g.waits()
		_, user := g.site()
		if n := strings.Count(text, "\n") + 1; len(user) > n {
			t.Errorf("%d frames in %d lines", len(user), n)
		}
	})
}
