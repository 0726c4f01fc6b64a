package session

import "strings"

// A Sort says what a statement leaves on the session.
type Sort int

// The sorts of session state.
const (
	Setting Sort = iota // a parameter of the session, the role, the default database
	Lock                // a lock that no end of transaction releases
	Table               // a temporary table
	Channel             // a LISTEN
)

// An effect is what a statement does to the session.
type effect struct {
	sort Sort
	// name is what is set, created or listened to; for a Lock the sort of lock.
	// "" is one that is not in the text.
	name  string
	value string // of a Setting, as written
	undo  bool   // takes back what others did
	all   bool   // whatever its name
	every bool   // of whatever sort
	// reverts is that a rollback takes it back: PostgreSQL's, not MySQL's.
	reverts bool
}

// undoes reports whether u takes back what e left.
func (u effect) undoes(e effect) bool {
	if !u.undo || e.undo {
		return false
	}
	return u.every || u.sort == e.sort && (u.all || u.name == "" || e.name == "" || u.name == e.name)
}

// toggles reports whether u, of another call, sets what e has set to something else:
// what was there before, one hopes.
//
//	SET foreign_key_checks = 0
//	SET foreign_key_checks = 1
func (u effect) toggles(e effect) bool {
	if u.undo || u.sort != Setting || e.sort != Setting || u.name != e.name && u.name != "" && e.name != "" {
		return false
	}
	return u.value != e.value || strings.ContainsAny(u.value, hole+"?$:")
}

// hole stands in a text for what is not constant.
const hole = "\x00"

// The kinds of lock.
const (
	advisory = "advisory lock"
	named    = "lock of GET_LOCK"
	tables   = "lock of LOCK TABLES"
)

// functions are those that leave something on the session, or take it back.
var functions = map[string]effect{
	"pg_advisory_lock":            {sort: Lock, name: advisory},
	"pg_advisory_lock_shared":     {sort: Lock, name: advisory},
	"pg_try_advisory_lock":        {sort: Lock, name: advisory},
	"pg_try_advisory_lock_shared": {sort: Lock, name: advisory},
	"pg_advisory_unlock":          {sort: Lock, name: advisory, undo: true},
	"pg_advisory_unlock_shared":   {sort: Lock, name: advisory, undo: true},
	"pg_advisory_unlock_all":      {sort: Lock, name: advisory, undo: true},
	"get_lock":                    {sort: Lock, name: named},
	"release_lock":                {sort: Lock, name: named, undo: true},
	"release_all_locks":           {sort: Lock, name: named, undo: true},
}

// pragmas are those of SQLite's that belong to the connection, not to the file.
// https://www.sqlite.org/pragma.html
var pragmas = map[string]bool{
	"analysis_limit": true, "automatic_index": true, "busy_timeout": true, "cache_size": true,
	"cache_spill": true, "case_sensitive_like": true, "cell_size_check": true, "checkpoint_fullfsync": true,
	"foreign_keys": true, "fullfsync": true, "ignore_check_constraints": true, "legacy_alter_table": true,
	"locking_mode": true, "mmap_size": true, "query_only": true, "read_uncommitted": true,
	"recursive_triggers": true, "reverse_unordered_selects": true, "secure_delete": true, "synchronous": true,
	"temp_store": true, "threads": true, "trusted_schema": true, "wal_autocheckpoint": true, "writable_schema": true,
}

// parse returns what a text of one or more statements does to the session and does
// not take back itself.
func parse(sql string) []effect {
	var effects []effect
	for _, words := range scan(sql) {
		for _, e := range statement(words) {
			kept := effects[:0]
			for _, old := range effects {
				if !e.undoes(old) && !e.toggles(old) {
					kept = append(kept, old)
				} else if e.toggles(old) {
					e.undo = true
				}
			}
			effects = append(kept, e)
		}
	}
	return effects
}

// statement returns what one statement does.
func statement(w words) []effect {
	switch w.at(0) {
	case "set":
		return set(w[1:])
	case "reset":
		return reset(w[1:])
	case "discard":
		return discard(w[1:])
	case "listen":
		return []effect{{sort: Channel, name: known(w.at(1)), reverts: true}}
	case "unlisten":
		return []effect{{sort: Channel, name: known(w.at(1)), undo: true, all: w.at(1) == "*"}}
	case "create":
		return create(w[1:])
	case "drop":
		return drop(w[1:])
	case "pragma":
		return pragma(w[1:])
	case "use":
		if len(w) == 2 {
			return []effect{{sort: Setting, name: "database", value: w[1]}}
		}
	case "lock":
		if w.at(1) == "tables" {
			return []effect{{sort: Lock, name: tables}}
		}
	case "unlock":
		if w.at(1) == "tables" || w.at(1) == "table" {
			return []effect{{sort: Lock, name: tables, undo: true}}
		}
	case "select", "do", "with", "call", "perform", "values":
		return called(w)
	}
	return nil
}

// called returns what the functions do that a query calls.
func called(w words) []effect {
	var effects []effect
	for i, word := range w {
		if w.at(i+1) != "(" {
			continue
		}
		if e, ok := functions[word[strings.LastIndex(word, ".")+1:]]; ok {
			effects = append(effects, e)
		} else if word == "set_config" || word == "pg_catalog.set_config" {
			effects = append(effects, setConfig(w[i+2:])...)
		}
	}
	return effects
}

// setConfig returns what a call does, given its arguments:
//
//	set_config('search_path', 'private', false)
func setConfig(w words) []effect {
	args := split(w)
	if len(args) != 3 || args[2].at(0) != "false" && args[2].at(0) != "'f'" {
		return nil
	}
	name := args[0].at(0)
	if !strings.HasPrefix(name, "'") {
		name = ""
	}
	return []effect{{sort: Setting, name: known(strings.Trim(name, "'")), value: args[1].String(), reverts: true}}
}

// split returns what stands between the commas up to the closing parenthesis or the
// end.
func split(w words) []words {
	var parts []words
	start, depth := 0, 0
	for i, word := range w {
		switch word {
		case "(":
			depth++
		case ")":
			if depth--; depth < 0 {
				return append(parts, w[start:i])
			}
		case ",":
			if depth == 0 {
				parts, start = append(parts, w[start:i]), i+1
			}
		}
	}
	return append(parts, w[start:])
}

func reset(w words) []effect {
	switch w.at(0) {
	case "all":
		return []effect{{sort: Setting, undo: true, all: true}}
	case "session":
		return []effect{{sort: Setting, name: "session_authorization", undo: true}}
	case "time":
		return []effect{{sort: Setting, name: "timezone", undo: true}}
	case "":
		return nil
	}
	return []effect{{sort: Setting, name: known(w[0]), undo: true}}
}

func discard(w words) []effect {
	switch w.at(0) {
	case "all":
		return []effect{{undo: true, every: true}}
	case "temp", "temporary":
		return []effect{{sort: Table, undo: true, all: true}}
	}
	return nil
}

// create returns what is left of
//
//	CREATE [LOCAL] TEMPORARY TABLE [IF NOT EXISTS] seen (…) [ON COMMIT DROP]
func create(w words) []effect {
	if w.at(0) == "local" || w.at(0) == "or" && w.at(1) == "replace" { // MariaDB's
		w = w[1:]
		if w.at(0) == "replace" {
			w = w[1:]
		}
	}
	if w.at(0) != "temp" && w.at(0) != "temporary" || w.at(1) != "table" {
		return nil
	}
	for i := range w {
		if w.at(i) == "commit" && w.at(i+1) == "drop" {
			return nil
		}
	}
	w = w[2:]
	if w.at(0) == "if" && len(w) >= 3 {
		w = w[3:]
	}
	return []effect{{sort: Table, name: known(w.at(0)), reverts: true}}
}

func drop(w words) []effect {
	if w.at(0) == "temporary" {
		w = w[1:]
	}
	if w.at(0) != "table" {
		return nil
	}
	w = w[1:]
	if w.at(0) == "if" && len(w) >= 2 {
		w = w[2:]
	}
	var effects []effect
	for _, name := range split(w) {
		effects = append(effects, effect{sort: Table, name: known(name.at(0)), undo: true})
	}
	return effects
}

// pragma returns what is left of
//
//	PRAGMA foreign_keys = off
//	PRAGMA main.cache_size(2000)
func pragma(w words) []effect {
	name := w.at(0)
	name = name[strings.LastIndex(name, ".")+1:]
	if !pragmas[name] || w.at(1) != "=" && w.at(1) != "(" {
		return nil
	}
	return []effect{{sort: Setting, name: name, value: w[2:].String()}}
}

// known returns a name, "" if part of it is not in the text.
func known(name string) string {
	if strings.ContainsAny(name, hole+"?$") {
		return ""
	}
	return name
}
