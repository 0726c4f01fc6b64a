package server

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/connlint/connlint/runtimecheck/internal/track"
)

// mysql is MySQL and MariaDB, which differ in what they show.
type mysql struct{ maria bool }

func (mysql) identify(ctx context.Context, q Query) (identity, error) {
	rows, err := q(ctx, "SELECT CAST(CONNECTION_ID() AS CHAR), DATABASE()")
	if err != nil {
		return identity{}, err
	}
	if len(rows) != 1 {
		return identity{}, fmt.Errorf("SELECT CONNECTION_ID() returned %d rows", len(rows))
	}
	return identity{id: number(rows[0][0]), database: rows[0][1]}, nil // numbers are not used again
}

func (m mysql) sessions(ctx context.Context, q Query, ids []int64) (map[int64]*session, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := q(ctx, "SELECT CAST(id AS CHAR), command, state, db FROM information_schema.processlist WHERE id IN ("+list(ids)+")")
	if err != nil {
		return nil, err
	}
	out := map[int64]*session{}
	for _, r := range rows {
		s := &session{identity: identity{id: number(r[0]), database: r[3]}, active: r[1] != "Sleep"}
		s.Session = track.Session{ID: s.id, State: r[1]}
		if s.active && r[2] != "" {
			s.State += ": " + r[2]
		}
		out[s.id] = s
	}
	return out, m.transactions(ctx, q, out)
}

// transactions adds what the server's monitor says. (information_schema.innodb_trx
// says it in columns, but from a cache that is not refreshed while somebody reads it
// every 100 ms, so that parallel tests would read each other's past.)
//
// A transaction is listed as soon as it has touched a table of InnoDB: START
// TRANSACTION alone is not.
func (mysql) transactions(ctx context.Context, q Query, sessions map[int64]*session) error {
	if len(sessions) == 0 {
		return nil
	}
	rows, err := q(ctx, "SHOW ENGINE INNODB STATUS")
	if err != nil {
		if strings.Contains(err.Error(), "PROCESS") {
			for _, s := range sessions {
				s.Text = "whether it is in a transaction is hidden from the user that asks: grant it PROCESS"
			}
			return nil
		}
		return err
	}
	for _, r := range rows {
		for _, x := range monitored(r[len(r)-1]) {
			s := sessions[x.session]
			if s == nil {
				continue
			}
			s.inTx, s.TxAge = true, max(x.age, time.Microsecond)
			if x.rowLocks != "0" {
				s.Locks = append(s.Locks, x.rowLocks+" rows")
			}
		}
	}
	return nil
}

// An innodbTx is a transaction that InnoDB's monitor lists as active.
type innodbTx struct {
	session  int64
	age      time.Duration // in whole seconds
	rowLocks string        // their number
}

var (
	monitorActive   = regexp.MustCompile(`^---TRANSACTION [0-9]+, ACTIVE (?:\(PREPARED\) )?([0-9]+) sec`)
	monitorRowLocks = regexp.MustCompile(`\b([0-9]+) row lock\(s\)`)
	monitorSession  = regexp.MustCompile(`^(?:MySQL|MariaDB) thread id ([0-9]+),`)
)

// monitored reads the section TRANSACTIONS of the monitor's text:
//
//	---TRANSACTION 1234, ACTIVE 5 sec
//	2 lock struct(s), heap size 1128, 1 row lock(s), undo log entries 1
//	MariaDB thread id 17, OS thread handle 140, query id 99 127.0.0.1 app
func monitored(status string) []innodbTx {
	var out []innodbTx
	var now *innodbTx
	for line := range strings.Lines(status) {
		switch {
		case strings.HasPrefix(line, "---TRANSACTION "):
			now = nil
			if m := monitorActive.FindStringSubmatch(line); m != nil {
				now = &innodbTx{age: time.Duration(number(m[1])) * time.Second, rowLocks: "0"}
			}
		case now == nil:
		case monitorSession.MatchString(line):
			now.session = number(monitorSession.FindStringSubmatch(line)[1])
			out = append(out, *now)
			now = nil // what follows is the statement's text
		default:
			if m := monitorRowLocks.FindStringSubmatch(line); m != nil {
				now.rowLocks = m[1]
			}
		}
	}
	return out
}

func (mysql) named(context.Context, Query, string) ([]*session, error) { return nil, nil }

// prepared is empty: XA RECOVER tells neither database nor age, so what it lists
// could be any test's.
func (mysql) prepared(context.Context, Query) (map[string]prepared, error) { return nil, nil }

func (m mysql) blockers(ctx context.Context, q Query, ids []int64) ([]block, error) {
	statement, waits := `SELECT CAST(r.processlist_id AS CHAR), CAST(b.processlist_id AS CHAR)
		FROM performance_schema.data_lock_waits w
		JOIN performance_schema.threads r ON r.thread_id = w.requesting_thread_id
		JOIN performance_schema.threads b ON b.thread_id = w.blocking_thread_id`, "r.processlist_id"
	if m.maria {
		// From the cache that is said above, but a hang lasts.
		statement, waits = `SELECT CAST(r.trx_mysql_thread_id AS CHAR), CAST(b.trx_mysql_thread_id AS CHAR)
		FROM information_schema.innodb_lock_waits w
		JOIN information_schema.innodb_trx r ON r.trx_id = w.requesting_trx_id
		JOIN information_schema.innodb_trx b ON b.trx_id = w.blocking_trx_id`, "r.trx_mysql_thread_id"
	}
	rows, err := q(ctx, statement+" WHERE "+waits+" IN ("+list(ids)+") ORDER BY 1, 2")
	if err != nil {
		return nil, err
	}
	var out []block
	for _, r := range rows {
		out = append(out, block{number(r[0]), number(r[1])})
	}
	return out, nil
}

func (mysql) terminate(ctx context.Context, q Query, id int64) error {
	_, err := q(ctx, fmt.Sprintf("KILL %d", id))
	if err != nil && strings.Contains(err.Error(), "1094") { // unknown thread id: it has gone
		return nil
	}
	return err
}

// state takes the user-level locks away to count them: it is asked at the end of
// a test, of connections that are closed next. Temporary tables do not show.
func (m mysql) state(ctx context.Context, q Query) ([]string, error) {
	rows, err := q(ctx, "SELECT CAST(RELEASE_ALL_LOCKS() AS CHAR)")
	if err != nil {
		return nil, err
	}
	var out []string
	if n := number(rows[0][0]); n > 0 {
		out = append(out, fmt.Sprintf("GET_LOCK: %d locks", n))
	}
	// The variables of a session that no statement has set are those of each session of its own.
	const volatile = "('timestamp', 'rand_seed1', 'rand_seed2', 'last_insert_id', 'insert_id', 'identity', 'pseudo_thread_id'," +
		" 'warning_count', 'error_count', 'in_transaction', 'gtid_next', 'last_gtid', 'proxy_user', 'external_user', 'statement_id')"
	statement := `SELECT CONCAT('SET ', LOWER(variable_name), ' = ', session_value) FROM information_schema.system_variables
		WHERE session_value <> global_value AND LOWER(variable_name) NOT IN ` + volatile + `
		UNION ALL SELECT CONCAT('SET @', variable_name) FROM information_schema.user_variables
		UNION ALL SELECT 'a transaction' FROM DUAL WHERE @@in_transaction = 1 ORDER BY 1`
	if !m.maria {
		statement = `SELECT CONCAT('SET ', LOWER(s.variable_name), ' = ', s.variable_value)
			FROM performance_schema.session_variables s JOIN performance_schema.global_variables g USING (variable_name)
			WHERE s.variable_value <> g.variable_value AND LOWER(s.variable_name) NOT IN ` + volatile + ` ORDER BY 1`
	}
	rows, err = q(ctx, statement)
	return append(out, column(rows)...), err
}
