package testdb

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
)

// A server is a kind of server that a keeper can run. All it holds is code: the
// keeper is another process and gets only the name.
type server struct {
	name    string
	find    func() (binary string, err error)        // err says what to install
	users   []string                                 // whom to run as, in place of root
	prepare func(binary string, l layout) [][]string // commands that fill the data directory
	command func(binary string, l layout) []string
	dsn     func(l layout) string
	ready   func(dsn string) error
}

// A layout is what one running server has to itself.
type layout struct {
	dir      string // writable by the server's user, with nothing in it
	port     int
	password string
	upstream string // the URL of the server that a PgBouncer stands before
}

func (l layout) file(name string) string { return filepath.Join(l.dir, name) }
func (l layout) address() string         { return net.JoinHostPort("127.0.0.1", strconv.Itoa(l.port)) }

var servers = map[string]*server{}

func init() {
	for _, s := range []*server{postgresServer, mysqlServer, bouncerServer} {
		servers[s.name] = s
	}
	if name := os.Getenv(keeperVariable); name != "" {
		keep(servers[name]) // does not return
	}
}

var postgresServer = &server{
	name:  "postgres",
	users: []string{"postgres", "nobody"},
	find:  findPostgres,
	prepare: func(binary string, l layout) [][]string {
		return [][]string{{filepath.Join(filepath.Dir(binary), "initdb"), "--pgdata=" + l.file("data"), "--no-sync",
			"--username=connlint", "--auth=scram-sha-256", "--pwfile=" + l.file("password"),
			"--locale=C", "--encoding=UTF8"}}
	},
	command: func(binary string, l layout) []string {
		return []string{binary, "-D", l.file("data"), "-F",
			"-c", "listen_addresses=127.0.0.1", "-c", "port=" + strconv.Itoa(l.port), "-c", "unix_socket_directories=",
			"-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "autovacuum=off",
			// Tests leak on purpose, in parallel, and prepare transactions.
			"-c", "max_connections=400", "-c", "max_prepared_transactions=20", "-c", "shared_buffers=32MB"}
	},
	dsn: func(l layout) string {
		return "postgres://connlint:" + l.password + "@" + l.address() + "/postgres?sslmode=disable"
	},
	ready: readyPostgres,
}

var mysqlServer = &server{
	name:  "mysql",
	users: []string{"mysql", "nobody"},
	find: func() (string, error) {
		for _, name := range []string{"mariadbd", "mysqld"} {
			if path := search(name); path != "" {
				return path, nil
			}
		}
		return "", fmt.Errorf("no MariaDB or MySQL server found: install one (Debian: apt-get install mariadb-server)")
	},
	prepare: func(binary string, l layout) [][]string {
		if install := search("mariadb-install-db"); install != "" && !isMySQL(binary) {
			return [][]string{{install, "--no-defaults", "--datadir=" + l.file("data"), "--auth-root-authentication-method=normal", "--skip-test-db"}}
		}
		return [][]string{{binary, "--no-defaults", "--initialize-insecure", "--datadir=" + l.file("data")}}
	},
	command: func(binary string, l layout) []string {
		args := []string{binary, "--no-defaults", "--datadir=" + l.file("data"), "--init-file=" + l.file("init.sql"),
			"--bind-address=127.0.0.1", "--port=" + strconv.Itoa(l.port), "--socket=" + l.file("s"), "--pid-file=" + l.file("pid"),
			"--skip-name-resolve", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M", "--max-connections=400"}
		if isMySQL(binary) {
			args = append(args, "--mysqlx=OFF")
		}
		return args
	},
	dsn: func(l layout) string {
		cfg := mysql.NewConfig()
		cfg.User, cfg.Passwd, cfg.Net, cfg.Addr = "connlint", l.password, "tcp", l.address()
		return cfg.FormatDSN()
	},
	ready: func(dsn string) error { return mysqlRun(dsn, "DO 1") },
}

var bouncerServer = &server{
	name:  "pgbouncer",
	users: []string{"postgres", "nobody"},
	find: func() (string, error) {
		if path := search("pgbouncer"); path != "" {
			return path, nil
		}
		return "", fmt.Errorf("no PgBouncer found: install it (Debian: apt-get install pgbouncer)")
	},
	prepare: func(string, layout) [][]string { return nil },
	command: func(binary string, l layout) []string { return []string{binary, l.file("pgbouncer.ini")} },
	dsn: func(l layout) string {
		u, err := url.Parse(l.upstream)
		if err != nil {
			return l.upstream
		}
		u.Host = l.address()
		return u.String()
	},
	ready: readyPostgres,
}

func readyPostgres(dsn string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// seed writes the small files that the server reads at its start.
func (s *server) seed(l layout) error {
	files := map[string]string{"password": l.password}
	switch s {
	case mysqlServer:
		files["init.sql"] = fmt.Sprintf("CREATE USER connlint@'127.0.0.1' IDENTIFIED BY '%s';\nGRANT ALL ON *.* TO connlint@'127.0.0.1' WITH GRANT OPTION;\n"+
			"DROP USER IF EXISTS root@'127.0.0.1', root@'::1';\n", l.password) // they have no password
	case bouncerServer:
		u, err := url.Parse(l.upstream)
		if err != nil {
			return fmt.Errorf("the server before which PgBouncer stands: %w", err)
		}
		password, _ := u.User.Password()
		files["users.txt"] = fmt.Sprintf("%q %q\n", u.User.Username(), password)
		files["pgbouncer.ini"] = fmt.Sprintf("[databases]\n* = host=%s port=%s\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %d\nunix_socket_dir =\n"+
			"auth_type = plain\nauth_file = %s\npool_mode = transaction\ndefault_pool_size = 5\nignore_startup_parameters = extra_float_digits\nlogfile =\npidfile =\n",
			u.Hostname(), u.Port(), l.port, l.file("users.txt"))
	}
	for name, content := range files {
		if err := os.WriteFile(l.file(name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// findPostgres returns the newest postgres of at least version 13 (the oldest
// that knows DROP DATABASE ... WITH (FORCE)).
func findPostgres() (string, error) {
	candidates := []string{search("postgres")}
	for _, dir := range programDirs {
		found, _ := filepath.Glob(filepath.Join(dir, "postgres"))
		candidates = append(candidates, found...)
	}
	best, bestMajor := "", 12
	for _, path := range candidates {
		if major := postgresMajor(path); major > bestMajor {
			best, bestMajor = path, major
		}
	}
	if best == "" {
		return "", fmt.Errorf("no PostgreSQL server of version 13 or newer found: install one (Debian: apt-get install postgresql)")
	}
	return best, nil
}

var versionNumber = regexp.MustCompile(`\d+`)

// postgresMajor returns 0 for what is no PostgreSQL with its initdb beside it.
func postgresMajor(path string) int {
	if path == "" {
		return 0
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(path), "initdb")); err != nil {
		return 0
	}
	out, err := exec.Command(path, "--version").Output()
	if err != nil {
		return 0
	}
	major, _ := strconv.Atoi(versionNumber.FindString(string(out)))
	return major
}

func isMySQL(binary string) bool {
	out, err := exec.Command(binary, "--no-defaults", "--version").Output()
	return err == nil && !strings.Contains(string(out), "MariaDB")
}

// programDirs are patterns of directories outside an ordinary user's PATH where
// packages put servers.
var programDirs = []string{
	"/usr/lib/postgresql/*/bin", // Debian
	"/usr/pgsql-*/bin",          // postgresql.org's RPMs
	"/usr/sbin", "/usr/local/sbin", "/usr/libexec", "/usr/local/mysql/bin",
}

// search looks for a program in PATH and programDirs and returns "" if there is none.
func search(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		if target, err := filepath.EvalSymlinks(path); err == nil {
			return target // initdb lies beside the real postgres
		}
		return path
	}
	for _, dir := range programDirs {
		if found, _ := filepath.Glob(filepath.Join(dir, name)); len(found) > 0 {
			return found[len(found)-1]
		}
	}
	return ""
}
