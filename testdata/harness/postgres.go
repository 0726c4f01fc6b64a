package harness

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// A postgres is a database of a real PostgreSQL, behind a socket on which the operation
// that was chosen to fail is made to fail. Each connection belongs to the server of the
// current run.
type postgres struct {
	dir      string
	listener net.Listener
	stop     func() error   // lets the real server go
	admin    *pgconn.Config // its maintenance database
	database *pgconn.Config
	missing  *pgconn.Config // a database that is not there
}

// startPostgres makes a database and listens before it.
var startPostgres = sync.OnceValues(func() (*postgres, error) {
	p := &postgres{}
	return p, p.start()
})

func (p *postgres) start() (err error) {
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("the specimens of pgx need PostgreSQL: %w", err), p.close())
		}
	}()
	url, stop, err := serve()
	p.stop = stop
	if err != nil {
		return err
	}
	if p.admin, err = pgconn.ParseConfig(url); err != nil {
		return err
	}
	name := "connlint_specimens_" + strings.ToLower(rand.Text())
	p.missing = p.admin.Copy()
	p.missing.Database = name + "_missing"
	if err := execSQL(p.admin, "CREATE DATABASE "+name); err != nil {
		return err
	}
	p.database = p.admin.Copy()
	p.database.Database = name
	if err := execSQL(p.database, schema); err != nil {
		return err
	}
	if p.dir, err = os.MkdirTemp("", "specimens"); err != nil {
		return err
	}
	if p.listener, err = net.Listen("unix", filepath.Join(p.dir, ".s.PGSQL.5432")); err != nil {
		return err
	}
	go p.accept()
	return nil
}

// serve starts the server that connlint's own tests use, or joins it. It is of another
// module, whose internal packages cannot be imported here.
func serve() (dsn string, stop func() error, err error) {
	cmd := exec.Command("go", "run", "./internal/testdb/serve")
	cmd.Dir = filepath.Join("..", "..")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() error { return errors.Join(in.Close(), cmd.Wait()) }
	line, err := bufio.NewReader(out).ReadString('\n')
	return strings.TrimSpace(line), stop, err
}

func execSQL(config *pgconn.Config, statements string) error {
	ctx := context.Background()
	conn, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statements).ReadAll()
	return errors.Join(err, conn.Close(ctx))
}

// schema has the tables of the specimens. They are views, so that runs neither wait for
// each other's locks nor find what others have left. How many rows they have is up to
// the session.
const schema = `
CREATE FUNCTION injected_failure() RETURNS int LANGUAGE plpgsql AS
	$$ BEGIN RAISE 'injected failure' USING ERRCODE = 'XX000'; END $$;
CREATE FUNCTION row_number(i int) RETURNS int LANGUAGE plpgsql AS
	$$ BEGIN RETURN CASE WHEN i = current_setting('specimen.fail')::int THEN injected_failure() ELSE i END; END $$;
CREATE FUNCTION changes_nothing() RETURNS trigger LANGUAGE plpgsql AS
	$$ BEGIN RETURN COALESCE(NEW, OLD); END $$;
CREATE VIEW t AS
	SELECT row_number(i) AS id, 0 AS a FROM generate_series(1, current_setting('specimen.rows')::int) i;
CREATE TRIGGER change INSTEAD OF INSERT OR UPDATE OR DELETE ON t
	FOR EACH ROW EXECUTE FUNCTION changes_nothing();
CREATE VIEW bill AS
	SELECT row_number(i) AS id, false AS seen FROM generate_series(1, current_setting('specimen.rows')::int) i;
CREATE TRIGGER change INSTEAD OF INSERT OR UPDATE OR DELETE ON bill
	FOR EACH ROW EXECUTE FUNCTION changes_nothing();
CREATE TABLE nothing (id int PRIMARY KEY);
CREATE TABLE promise (id int REFERENCES nothing DEFERRABLE INITIALLY DEFERRED);
`

// dsn is the data source name of the database.
func (p *postgres) dsn() string {
	return "host=" + p.dir + " port=5432 user=u database=d sslmode=disable"
}

// close drops the database and lets the server go.
func (p *postgres) close() error {
	var errs []error
	if p.listener != nil {
		errs = append(errs, p.listener.Close())
	}
	if p.dir != "" {
		errs = append(errs, os.RemoveAll(p.dir))
	}
	if p.database != nil {
		errs = append(errs, execSQL(p.admin, "DROP DATABASE IF EXISTS "+p.database.Database+" WITH (FORCE)"))
	}
	if p.stop != nil {
		errs = append(errs, p.stop())
	}
	return errors.Join(errs...)
}

func (p *postgres) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		sess := &session{p: p, s: current.Load(), client: pgproto3.NewBackend(c, c), statements: map[string]string{}}
		go func() {
			_ = sess.serve(c) // the client is gone, or told to be
		}()
	}
}
