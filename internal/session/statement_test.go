package session

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		sql  string
		want string // what is left, "-" before what takes back
	}{
		{"", ""},
		{"SELECT 1", ""},
		{"UPDATE t SET a = 1", ""},
		{"SET search_path = private, public", "search_path"},
		{"set Search_Path to private", "search_path"},
		{"SET SESSION statement_timeout = 0", "statement_timeout"},
		{"set /* gh-ost */ session wait_timeout:=5", "wait_timeout"},
		{"-- why\nSET @@session.sql_mode = 'ANSI'", "sql_mode"},
		{"SET @@sql_mode = 'ANSI', SESSION wait_timeout = 1", "sql_mode wait_timeout"},
		{"SET LOCAL search_path = private", ""}, // ends with the transaction
		{"SET GLOBAL max_connections = 5", ""},
		{"SET @@global.max_connections = 5", ""},
		{"SET GLOBAL a = 5, SESSION b = 6", "b"},
		{"SET @row := 0", ""},
		{"SET SESSION " + hole + " = 0", "?"},
		{"SET " + hole + " = 0", ""}, // may be GLOBAL
		{"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", ""},
		{"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", "transaction"},
		{"SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "transaction"},
		{"SET CONSTRAINTS ALL DEFERRED", ""},
		{"SET NOCOUNT ON", ""},
		{"SET ROLE admin", "role"},
		{"SET ROLE NONE", "-role"},
		{"SET role = 'admin'", "role"},
		{"SET SESSION AUTHORIZATION bob", "session_authorization"},
		{"SET SESSION AUTHORIZATION DEFAULT", "-session_authorization"},
		{"SET TIME ZONE 'UTC'", "timezone"},
		{"SET NAMES utf8mb4", "names"},
		{"SET search_path TO DEFAULT", "-search_path"},
		{"RESET search_path", "-search_path"},
		{"RESET ALL", "-all"},
		{"DISCARD ALL", "-every"},
		{"SELECT set_config('app.user', $1, false)", "app.user"},
		{"SELECT set_config($1, $2, false)", "?"},
		{"SELECT set_config('app.user', coalesce($1, 'x'), true)", ""},
		{"SELECT pg_advisory_lock(1)", "advisory lock"},
		{"SELECT pg_catalog.pg_try_advisory_lock($1, $2)", "advisory lock"},
		{"SELECT pg_advisory_xact_lock(1)", ""},
		{"SELECT 'pg_advisory_lock(1)'", ""},
		{"SELECT pg_advisory_unlock(1)", "-advisory lock"},
		{"SELECT GET_LOCK(?, 10)", "lock of GET_LOCK"},
		{"DO RELEASE_LOCK('x')", "-lock of GET_LOCK"},
		{"LOCK TABLES t WRITE", "lock of LOCK TABLES"},
		{"LOCK TABLE t IN SHARE MODE", ""}, // PostgreSQL's, ends with the transaction
		{"UNLOCK TABLES", "-lock of LOCK TABLES"},
		{"LISTEN jobs", "jobs"},
		{"UNLISTEN *", "-all"},
		{`CREATE TEMP TABLE "Seen" (id int)`, "seen"},
		{"CREATE TEMPORARY TABLE IF NOT EXISTS seen AS SELECT 1", "seen"},
		{"CREATE TEMP TABLE seen (id int) ON COMMIT DROP", ""},
		{"CREATE TEMP TABLE seen (id int) ON COMMIT DELETE ROWS", "seen"},
		{"CREATE TABLE seen (id int)", ""},
		{"DROP TABLE IF EXISTS seen, heard", "-seen -heard"},
		{"PRAGMA foreign_keys = off", "foreign_keys"},
		{"PRAGMA main.cache_size(2000)", "cache_size"},
		{"PRAGMA foreign_keys", ""},
		{"PRAGMA journal_mode = WAL", ""}, // of the file
		{"USE shop", "database"},
		{"SET a = 1; SELECT 1; RESET a", "-a"},
		{"PRAGMA foreign_keys = off; DROP TABLE t; PRAGMA foreign_keys = on;", "-t -foreign_keys"},
		{"CREATE FUNCTION f() AS $body$ SELECT 1; SET a = 1; $body$", ""},
		{"/* SET a = 1", ""},
	} {
		var got []string
		for _, e := range parse(tt.sql) {
			s := e.name
			switch {
			case e.every:
				s = "every"
			case e.all:
				s = "all"
			case s == "":
				s = "?"
			}
			if e.undo {
				s = "-" + s
			}
			got = append(got, s)
		}
		if got := strings.Join(got, " "); got != tt.want {
			t.Errorf("%q leaves %q, want %q", tt.sql, got, tt.want)
		}
	}
}

func TestUndoes(t *testing.T) {
	for _, tt := range []struct {
		first, then string
		want        bool
	}{
		{"SET a = 1", "RESET a", true},
		{"SET a = 1", "RESET b", false},
		{"SET a = 1", "RESET ALL", true},
		{"SET a = 1", "DISCARD ALL", true},
		{"SET a = 1", "SET a = 2", true},
		{"SET a = 1", "SET a = 1", false},
		{"SET a = " + hole, "SET a = " + hole, true}, // what it was before
		{"SET SESSION " + hole + " = 1", "SET a = DEFAULT", true},
		{"SELECT pg_advisory_lock(1)", "SELECT pg_advisory_unlock_all()", true},
		{"SELECT pg_advisory_lock(1)", "DISCARD ALL", true},
		{"SELECT pg_advisory_lock(1)", "RESET ALL", false},
		{"SELECT pg_advisory_lock(1)", "SELECT RELEASE_LOCK('x')", false},
		{"LISTEN a", "UNLISTEN b", false},
		{"LISTEN a", "UNLISTEN *", true},
		{"CREATE TEMP TABLE a (id int)", "DROP TABLE a", true},
		{"CREATE TEMP TABLE a (id int)", "DISCARD TEMP", true},
	} {
		first, then := parse(tt.first)[0], parse(tt.then)[0]
		if got := then.undoes(first) || then.toggles(first); got != tt.want {
			t.Errorf("%q takes back %q: %v, want %v", tt.then, tt.first, got, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"SET a = 'b''c'; RESET a", `CREATE TEMP TABLE "a`, "$x$ a $x$ $1 $", "/* -- */ SELECT set_config(('a'), 'b', false",
		"set @@session.a:=b, c to default", "DROP TABLE IF", "PRAGMA x.", "SET", "SET SESSION", "SET TIME",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		for _, e := range parse(sql) {
			if strings.Contains(e.name, hole) {
				t.Errorf("%q: the name %q is not in the text", sql, e.name)
			}
		}
		blanks := strings.Join([]string{" ", sql}, "\n")
		if a, b := len(parse(sql)), len(parse(blanks)); a != b {
			t.Errorf("%q leaves %d, with a blank before it %d", sql, a, b)
		}
	})
}
