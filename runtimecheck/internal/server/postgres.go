package server

import (
	"context"
	"fmt"
	"strings"

	"github.com/connlint/connlint/runtimecheck/internal/track"
)

type postgres struct{}

func (postgres) identify(ctx context.Context, q Query) (identity, error) {
	rows, err := q(ctx, `SELECT pid::text, extract(epoch FROM backend_start)::text, datname::text, application_name::text
		FROM pg_stat_activity WHERE pid = pg_backend_pid()`)
	if err != nil {
		return identity{}, err
	}
	if len(rows) != 1 {
		return identity{}, fmt.Errorf("pg_stat_activity has no row for the session that asks")
	}
	r := rows[0]
	return identity{id: number(r[0]), started: r[1], database: r[2], application: r[3]}, nil
}

func (p postgres) sessions(ctx context.Context, q Query, ids []int64) (map[int64]*session, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return p.activity(ctx, q, "a.pid IN ("+list(ids)+")")
}

func (p postgres) named(ctx context.Context, q Query, application string) ([]*session, error) {
	found, err := p.activity(ctx, q, "a.application_name = "+quote(application))
	var out []*session
	for _, s := range found {
		out = append(out, s)
	}
	return out, err
}

// activity describes sessions. State and transaction age are hidden from a role
// that is neither the session's own nor has pg_read_all_stats; that it is in a
// transaction shows in the lock that each transaction has on its own virtual id.
func (postgres) activity(ctx context.Context, q Query, which string) (map[int64]*session, error) {
	rows, err := q(ctx, `SELECT a.pid::text, a.state, a.application_name::text, a.datname::text, extract(epoch FROM a.backend_start)::text,
		extract(epoch FROM clock_timestamp() - a.xact_start)::text,
		EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'virtualxid' AND l.granted)::text
		FROM pg_stat_activity a WHERE `+which)
	if err != nil {
		return nil, err
	}
	out := map[int64]*session{}
	var ids []int64
	for _, r := range rows {
		s := &session{identity: identity{id: number(r[0]), application: r[2], database: r[3], started: r[4]}}
		s.Session = track.Session{ID: s.id, State: r[1], TxAge: seconds(r[5])}
		switch {
		case r[1] == "":
			s.Text = "what it does is hidden from the role that asks: grant it pg_read_all_stats"
			s.inTx = r[6] == "true"
			if s.inTx {
				s.Text = "in a transaction; " + s.Text
			}
		case strings.HasPrefix(r[1], "idle in transaction"):
			s.inTx = true
		default:
			s.active = r[1] != "idle"
			s.inTx = s.active && s.TxAge > 0
		}
		out[s.id] = s
		ids = append(ids, s.id)
	}
	return out, postgres{}.locks(ctx, q, out, ids)
}

// locks adds the locks that another session can run into.
func (postgres) locks(ctx context.Context, q Query, sessions map[int64]*session, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	rows, err := q(ctx, `SELECT l.pid::text, (l.locktype = 'advisory')::text, CASE l.locktype
			WHEN 'relation' THEN CASE WHEN l.database = d.oid THEN l.relation::regclass::text ELSE 'relation ' || l.relation::text END
			WHEN 'advisory' THEN 'advisory ' || CASE WHEN l.objsubid = 1 THEN ((l.classid::bigint << 32) | l.objid::bigint)::text
				ELSE l.classid::text || ',' || l.objid::text END
			ELSE l.locktype END || ' ' || l.mode || CASE WHEN l.granted THEN '' ELSE ' (waiting)' END
		FROM pg_locks l JOIN pg_database d ON d.datname = current_database()
		WHERE l.pid IN (`+list(ids)+`) AND l.locktype NOT IN ('virtualxid', 'transactionid', 'spectoken')
			AND NOT (l.locktype = 'relation' AND l.relation < 16384) -- the system's own
		ORDER BY 3`)
	if err != nil {
		return err
	}
	for _, r := range rows {
		s := sessions[number(r[0])]
		s.Locks = append(s.Locks, r[2])
		if r[1] == "true" {
			s.advisory = append(s.advisory, r[2])
		}
	}
	return nil
}

func (postgres) prepared(ctx context.Context, q Query) (map[string]prepared, error) {
	rows, err := q(ctx, "SELECT gid, database::text, extract(epoch FROM clock_timestamp() - prepared)::text FROM pg_prepared_xacts")
	if err != nil {
		return nil, err
	}
	out := map[string]prepared{}
	for _, r := range rows {
		out[r[0]] = prepared{database: r[1], age: seconds(r[2])}
	}
	return out, nil
}

func (postgres) blockers(ctx context.Context, q Query, ids []int64) ([]block, error) {
	rows, err := q(ctx, `SELECT a.pid::text, unnest(pg_blocking_pids(a.pid))::text
		FROM pg_stat_activity a WHERE a.pid IN (`+list(ids)+") AND a.wait_event_type = 'Lock' ORDER BY 1, 2")
	if err != nil {
		return nil, err
	}
	var out []block
	for _, r := range rows {
		out = append(out, block{number(r[0]), number(r[1])})
	}
	return out, nil
}

func (postgres) terminate(ctx context.Context, q Query, id int64) error {
	_, err := q(ctx, fmt.Sprintf("SELECT pg_terminate_backend(%d)::text", id))
	return err
}

func (postgres) state(ctx context.Context, q Query) ([]string, error) {
	rows, err := q(ctx, `SELECT 'advisory lock ' || CASE WHEN objsubid = 1 THEN ((classid::bigint << 32) | objid::bigint)::text
			ELSE classid::text || ',' || objid::text END FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()
		UNION ALL SELECT 'LISTEN ' || c FROM pg_listening_channels() c
		UNION ALL SELECT 'temporary table ' || relname FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relkind IN ('r', 'p')
		UNION ALL SELECT 'SET ' || name || ' = ' || setting FROM pg_settings WHERE source = 'session'
			AND name NOT IN ('transaction_isolation', 'transaction_read_only', 'transaction_deferrable')
		UNION ALL SELECT 'cursor ' || name FROM pg_cursors WHERE is_holdable
		ORDER BY 1`)
	return column(rows), err
}

func column(rows [][]string) []string {
	var out []string
	for _, r := range rows {
		out = append(out, r[0])
	}
	return out
}
