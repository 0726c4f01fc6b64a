package session

import "strings"

// set returns what is left of
//
//	SET [SESSION] name {= | TO | :=} value [, …]
//
// and of the forms without an operator. LOCAL ends with the transaction in PostgreSQL
// and is SESSION in MySQL: it is taken for the former. GLOBAL is no state of the
// session, and neither is SET TRANSACTION, which is about one.
func set(w words) []effect {
	session := w.at(0) == "session"
	rest := w
	if session {
		rest = w[1:]
	}
	if e, ok := special(rest, session); ok {
		if e == (effect{}) {
			return nil
		}
		e.reverts = true
		return []effect{e}
	}
	var effects []effect
	for _, item := range split(w) {
		if e, ok := assignment(item); ok {
			effects = append(effects, e)
		}
	}
	return effects
}

// special returns what a SET without an operator does; the zero effect if that is
// nothing that stays. It reports whether it is one.
func special(w words, session bool) (effect, bool) {
	name, value := "", w[min(1, len(w)):]
	switch w.at(0) {
	case "transaction", "characteristics":
		if !session {
			return effect{}, true
		}
		name = "transaction"
	case "authorization":
		name = "session_authorization"
	case "role":
		name = "role"
	case "names":
		name = "names"
	case "character":
		name, value = "names", w[min(2, len(w)):]
	case "time":
		name, value = "timezone", w[min(2, len(w)):]
	case "constraints", "password", "default", "resource", "statement":
		return effect{}, true
	default:
		return effect{}, false
	}
	if op := w.at(1); op == "=" || op == "to" || op == ":=" {
		return effect{}, false
	}
	switch value.at(0) {
	case "default", "none":
		return effect{sort: Setting, name: name, undo: true}, true
	}
	return effect{sort: Setting, name: name, value: value.String()}, true
}

// notSession are the scopes of an assignment that others see, or that end by
// themselves.
var notSession = map[string]bool{"local": true, "global": true, "persist": true, "persist_only": true}

// assignment returns what one of SET's does:
//
//	SESSION sql_mode = 'ANSI'
//	@@session.sql_mode := 'ANSI'
//	search_path TO private
func assignment(w words) (effect, bool) {
	scoped := w.at(0) == "session"
	if scoped {
		w = w[1:]
	}
	name, op := w.at(0), w.at(1)
	if notSession[name] || op != "=" && op != "to" && op != ":=" {
		return effect{}, false
	}
	mysql := op == ":="
	if variable, ok := strings.CutPrefix(name, "@@"); ok {
		mysql, name = true, variable
		if scope, variable, ok := strings.Cut(name, "."); ok {
			if notSession[scope] && scope != "local" {
				return effect{}, false
			}
			name, scoped = variable, true
		}
	} else if strings.HasPrefix(name, "@") { // the client's own variable
		return effect{}, false
	}
	if known(name) == "" {
		if !scoped {
			return effect{}, false // may be GLOBAL
		}
		name = ""
	}
	value := w[2:]
	if value.at(0) == "default" && len(value) == 1 {
		return effect{sort: Setting, name: name, undo: true}, true
	}
	return effect{sort: Setting, name: name, value: value.String(), reverts: !mysql}, true
}
