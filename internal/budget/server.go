package budget

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
)

// A Server is what a running server says of its connections.
type Server struct {
	Engine   Engine `json:"engine"`
	Version  string `json:"version"`
	Max      int    `json:"max_connections"`
	Reserved int    `json:"reserved"`
	// Connected is how many clients are connected now, this one excluded.
	Connected int `json:"connected"`
	// Sessions are the connected clients that this user may see.
	Sessions []Session `json:"sessions"`
	// Notes are limits below that of the server and what could not be seen.
	Notes []string `json:"notes,omitempty"`
}

// Sessions of one user in one state.
type Session struct {
	User  string `json:"user"`
	State string `json:"state"`
	Count int    `json:"count"`
}

// Ask connects to the server that dsn names and asks what it accepts and what is
// connected now. The form env:NAME takes the DSN from the environment, so that a
// password need not stand in the process list. Errors never contain the DSN.
// Nothing is retried: a server that does not answer now cannot be judged.
func Ask(ctx context.Context, dsn string) (*Server, error) {
	if name, ok := strings.CutPrefix(dsn, "env:"); ok {
		if dsn = os.Getenv(name); dsn == "" {
			return nil, fmt.Errorf("dsn: the environment variable %s is not set", name)
		}
	}
	switch scheme, _, ok := strings.Cut(dsn, "://"); {
	case ok && (scheme == "postgres" || scheme == "postgresql"):
		return askPostgres(ctx, dsn)
	case ok && (scheme == "mysql" || scheme == "mariadb"):
		native, err := mysqlDSN(dsn)
		if err != nil {
			return nil, err
		}
		return askMySQL(ctx, native)
	case ok:
		return nil, fmt.Errorf("dsn: scheme %q is neither postgres nor mysql", scheme)
	}
	if strings.Contains(dsn, "host=") || strings.Contains(dsn, "dbname=") || strings.Contains(dsn, "service=") {
		return askPostgres(ctx, dsn)
	}
	if strings.Contains(dsn, "/") {
		return askMySQL(ctx, dsn)
	}
	return nil, fmt.Errorf("dsn: want postgres://user@host/db, mysql://user@host/db, a libpq or a go-sql-driver string, or env:NAME")
}

// mysqlDSN turns a URL into the syntax of go-sql-driver: user:password@tcp(host:port)/db?params.
func mysqlDSN(dsn string) (string, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return "", fmt.Errorf("dsn: not a valid URL") // err quotes the password
	}
	host := u.Host
	if u.Port() == "" {
		host += ":3306"
	}
	var b strings.Builder
	if u.User != nil {
		b.WriteString(u.User.Username())
		if password, ok := u.User.Password(); ok {
			b.WriteString(":" + password)
		}
		b.WriteString("@")
	}
	fmt.Fprintf(&b, "tcp(%s)/%s", host, strings.TrimPrefix(u.Path, "/"))
	if u.RawQuery != "" {
		b.WriteString("?" + u.RawQuery)
	}
	return b.String(), nil
}

// Limit returns the server's limit with the headroom and reservation of cfg.
func (s *Server) Limit(cfg *Config) Limit {
	l := Limit{
		Max:      s.Max,
		Reserved: s.Reserved,
		Headroom: cfg.headroom(),
		Source:   fmt.Sprintf("the server says: %s %s", s.Engine, s.Version),
	}
	if cfg.Reserved != nil {
		l.Reserved = *cfg.Reserved
	}
	return l
}

func (s *Server) add(user, state string, count int) {
	s.Sessions = append(s.Sessions, Session{User: user, State: state, Count: count})
}

func (s *Server) notef(format string, args ...any) {
	s.Notes = append(s.Notes, fmt.Sprintf(format, args...))
}
