package budget

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func askPostgres(ctx context.Context, dsn string) (*Server, error) {
	conf, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("dsn: %w", err) // pgconn redacts the password
	}
	if conf.RuntimeParams["application_name"] == "" {
		conf.RuntimeParams["application_name"] = "connlint budget"
	}
	conn, err := pgx.ConnectConfig(ctx, conf)
	if err != nil {
		return nil, postgresRefusal(err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	s := &Server{Engine: Postgres}
	for _, ask := range []func(context.Context, *pgx.Conn, *Server) error{
		postgresSettings, postgresLimits, postgresSessions,
	} {
		if err := ask(ctx, conn, s); err != nil {
			return nil, fmt.Errorf("asking the PostgreSQL server: %w", err)
		}
	}
	return s, nil
}

// postgresRefusal says it plainly when the server is out of connections already,
// which is what the caller came to prevent.
func postgresRefusal(err error) error {
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == "53300" { // too_many_connections
		return fmt.Errorf("the PostgreSQL server refuses another connection, it is out of them now: %s", refused.Message)
	}
	return fmt.Errorf("cannot ask the PostgreSQL server: %w", err)
}

// postgresSettings reads what the server accepts. reserved_connections exists
// since PostgreSQL 16.
func postgresSettings(ctx context.Context, conn *pgx.Conn, s *Server) error {
	return conn.QueryRow(ctx, `
		SELECT current_setting('server_version'),
		       current_setting('max_connections')::int,
		       current_setting('superuser_reserved_connections')::int
		         + coalesce(current_setting('reserved_connections', true), '0')::int`,
	).Scan(&s.Version, &s.Max, &s.Reserved)
}

// postgresLimits notes the limits of roles and databases, which can be lower than
// that of the server.
func postgresLimits(ctx context.Context, conn *pgx.Conn, s *Server) error {
	rows, err := conn.Query(ctx, `
		SELECT 'role', rolname, rolconnlimit FROM pg_roles WHERE rolconnlimit >= 0 AND rolcanlogin
		UNION ALL
		SELECT 'database', datname, datconnlimit FROM pg_database WHERE datconnlimit >= 0 AND datallowconn
		ORDER BY 1, 2`)
	if err != nil {
		return err
	}
	var what, name string
	var limit int
	_, err = pgx.ForEachRow(rows, []any{&what, &name, &limit}, func() error {
		s.notef("%s %s is limited to %d connections", what, name, limit)
		return nil
	})
	return err
}

// postgresSessions counts the clients by user and state. The state of other users'
// sessions is hidden from roles without pg_read_all_stats; their number is not.
func postgresSessions(ctx context.Context, conn *pgx.Conn, s *Server) error {
	rows, err := conn.Query(ctx, `
		SELECT coalesce(u.rolname, '(unknown)'), coalesce(a.state, ''), count(*)::int
		FROM pg_stat_activity a LEFT JOIN pg_roles u ON u.oid = a.usesysid
		WHERE a.pid <> pg_backend_pid()
		  AND (a.backend_type = 'client backend' OR a.backend_type IS NULL AND a.usesysid IS NOT NULL)
		GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2`)
	if err != nil {
		return err
	}
	var user, state string
	var count, hidden int
	_, err = pgx.ForEachRow(rows, []any{&user, &state, &count}, func() error {
		if state == "" {
			state, hidden = "hidden", hidden+count
		}
		s.Connected += count
		s.add(user, state, count)
		return nil
	})
	if hidden > 0 {
		s.notef("the state of %d sessions is hidden from this user: it lacks pg_read_all_stats", hidden)
	}
	return err
}
