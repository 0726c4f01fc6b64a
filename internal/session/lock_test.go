package session

import "testing"

func TestLocking(t *testing.T) {
	for sql, want := range map[string]Locking{
		"SELECT pg_advisory_lock(1)":                                Waits,
		"SELECT pg_catalog.pg_advisory_xact_lock($1, hashtext($2))": Waits,
		"SELECT pg_try_advisory_lock($1)":                           Tries,
		"select /* x */ get_lock('a', 0)":                           Tries,
		"SELECT GET_LOCK(?, 10)":                                    Waits,
		"SELECT GET_LOCK(?, ?)":                                     Waits,
		"SELECT pg_advisory_unlock(4912)":                           Tries,
		"SELECT RELEASE_LOCK('a')":                                  Tries,
		"SELECT lock_version FROM t WHERE pg_try(1)":                NoLock,
		"UPDATE t SET locked = now()":                               NoLock,
	} {
		got := NoLock
		for _, w := range scan(sql) {
			got = max(got, advises(w))
		}
		if got != want {
			t.Errorf("%s: %v, want %v", sql, got, want)
		}
	}
}
