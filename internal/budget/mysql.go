package budget

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log"
	"strings"

	"github.com/go-sql-driver/mysql"
)

func askMySQL(ctx context.Context, dsn string) (*Server, error) {
	conf, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, fmt.Errorf("dsn: %w", err) // the driver's messages do not quote it
	}
	conf.Logger = log.New(io.Discard, "", 0) // what matters is in the errors
	connector, err := mysql.NewConnector(conf)
	if err != nil {
		return nil, fmt.Errorf("dsn: %w", err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, mysqlRefusal(err)
	}
	defer conn.Close()
	s := &Server{Engine: MySQL}
	for _, ask := range []func(context.Context, *sql.Conn, *Server) error{
		mysqlSettings, mysqlConnected, mysqlSessions,
	} {
		if err := ask(ctx, conn, s); err != nil {
			return nil, fmt.Errorf("asking the MySQL server: %w", err)
		}
	}
	return s, nil
}

// mysqlRefusal says it plainly when the server is out of connections already:
// ER_CON_COUNT_ERROR for the server, the other two for the user.
func mysqlRefusal(err error) error {
	var refused *mysql.MySQLError
	if errors.As(err, &refused) {
		switch refused.Number {
		case 1040, 1203, 1226:
			return fmt.Errorf("the MySQL server refuses another connection, it is out of them now: %s", refused.Message)
		}
	}
	return fmt.Errorf("cannot ask the MySQL server: %w", err)
}

func mysqlSettings(ctx context.Context, conn *sql.Conn, s *Server) error {
	var perUser int
	err := conn.QueryRowContext(ctx, `SELECT VERSION(), @@GLOBAL.max_connections, @@GLOBAL.max_user_connections`).
		Scan(&s.Version, &s.Max, &perUser)
	if strings.Contains(s.Version, "MariaDB") {
		s.Engine = MariaDB
	}
	if perUser > 0 {
		s.notef("each user is limited to %d connections (max_user_connections)", perUser)
	}
	return err
}

func mysqlConnected(ctx context.Context, conn *sql.Conn, s *Server) error {
	var name string
	err := conn.QueryRowContext(ctx, `SHOW GLOBAL STATUS LIKE 'Threads_connected'`).Scan(&name, &s.Connected)
	s.Connected-- // this one
	return err
}

// mysqlSessions counts the clients by user and command, "Sleep" being an idle
// one. A user without the PROCESS privilege sees its own only.
func mysqlSessions(ctx context.Context, conn *sql.Conn, s *Server) error {
	rows, err := conn.QueryContext(ctx, `
		SELECT user, command, count(*) FROM information_schema.processlist
		WHERE id <> CONNECTION_ID() AND command NOT IN ('Daemon', 'Slave_IO', 'Slave_SQL', 'Slave_worker')
		  AND user NOT IN ('event_scheduler', 'system user')
		GROUP BY user, command ORDER BY count(*) DESC, user, command`)
	if err != nil {
		return err
	}
	defer rows.Close()
	seen := 0
	for rows.Next() {
		var user, command string
		var count int
		if err := rows.Scan(&user, &command, &count); err != nil {
			return err
		}
		seen += count
		s.add(user, strings.ToLower(command), count)
	}
	if seen < s.Connected {
		s.notef("%d sessions of other users are hidden from this user: it lacks the PROCESS privilege", s.Connected-seen)
	}
	return rows.Err()
}
