package harness

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
)

// errInjected is what an operation returns that was chosen to fail.
var errInjected = errors.New("injected failure")

// A server plays the database of one run. It counts what is open and makes the
// chosen operation fail.
type server struct {
	rows int // in each result set
	fail int // number of the operation that fails, from 1; 0 for none
	how  failure

	mu   sync.Mutex
	ops  int
	kind string // of the operation that failed
	open map[string]int

	retried bool // something was committed after a commit had failed
	dirty   bool // a transaction was committed in which an operation had failed

	sessions map[net.Conn]bool // of pgx
}

func newServer(rows, fail int, how failure) *server {
	return &server{rows: rows, fail: fail, how: how, open: map[string]int{}, sessions: map[net.Conn]bool{}}
}

// A failure is the way in which an operation fails.
type failure string

const (
	plain failure = "with an error"
	odd   failure = "with a value that cannot be scanned, or an error"
	lost  failure = "as the connection is lost" // pgx only
)

// op counts an operation and reports whether it is to fail.
func (s *server) op(kind string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ops++
	if s.ops == s.fail {
		s.kind = kind
		return errInjected
	}
	if kind == "commit" && s.kind == "commit" {
		s.retried = true
	}
	return nil
}

// next counts the rows of a result, and returns the number of the one that is to fail,
// or 0.
func (s *server) next() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	bad := s.fail - s.ops
	if bad < 1 || bad > s.rows {
		s.ops += s.rows
		return 0
	}
	s.kind = "next"
	if s.ops = s.fail; s.how == odd {
		s.ops += s.rows - bad // the rows after it come
	}
	return bad
}

// session remembers a connection of a client until forget is called.
func (s *server) session(c net.Conn) (forget func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[c] = true
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.sessions, c)
	}
}

// cut ends all sessions.
func (s *server) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.sessions {
		c.Close()
	}
}

func (s *server) add(what string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[what] += n
}

// count returns how many of what are open.
func (s *server) count(what string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open[what]
}

// failed returns the kind of the operation that failed, or "".
func (s *server) failed() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kind
}

// commits returns what there is to say against the transactions that were
// committed.
func (s *server) commits() (retried, dirty bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.retried, s.dirty
}

func (s *server) operations() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ops
}

// current is the server that a pool opened by name talks to: runs follow each other.
var current atomic.Pointer[server]

func init() { sql.Register("specimen", byName{}) }

// byName is the driver of the specimens that open a pool themselves.
type byName struct{}

func (byName) Open(string) (driver.Conn, error) { return nil, errors.New("OpenConnector is there") }

func (byName) OpenConnector(dsn string) (driver.Connector, error) {
	if dsn == badName {
		return nil, errInjected
	}
	s := current.Load()
	s.add("pool", 1)
	return &connector{s: s, named: true}, nil
}

// A connector connects to its server.
type connector struct {
	s     *server
	named bool
}

func (c *connector) Driver() driver.Driver { return byName{} }

// Close is called when the pool is closed.
func (c *connector) Close() error {
	if c.named {
		c.s.add("pool", -1)
	}
	return nil
}

func (c *connector) Connect(context.Context) (driver.Conn, error) {
	if err := c.s.op("connect"); err != nil {
		return nil, err
	}
	return &conn{s: c.s}, nil
}

// A conn is one connection. When it is closed, its statements are closed with it.
type conn struct {
	s      *server
	stmts  int
	failed bool // an operation, since the transaction began
}

// exec is an operation that a transaction may contain.
func (c *conn) exec(kind string) error {
	err := c.s.op(kind)
	if err != nil {
		c.failed = true
	}
	return err
}

func (c *conn) Close() error {
	c.s.add("stmt", -c.stmts)
	c.stmts = 0
	return nil
}

func (c *conn) Ping(context.Context) error { return c.s.op("ping") }

func (c *conn) Begin() (driver.Tx, error) { return nil, errors.New("BeginTx is there") }

func (c *conn) BeginTx(context.Context, driver.TxOptions) (driver.Tx, error) {
	if err := c.s.op("begin"); err != nil {
		return nil, err
	}
	c.s.add("tx", 1)
	c.failed = false
	return &tx{c}, nil
}

func (c *conn) Prepare(query string) (driver.Stmt, error) {
	if err := c.exec("prepare"); err != nil {
		return nil, err
	}
	c.s.add("stmt", 1)
	c.stmts++
	return &stmt{c, query}, nil
}

func (c *conn) QueryContext(_ context.Context, query string, _ []driver.NamedValue) (driver.Rows, error) {
	return c.query(query)
}

func (c *conn) ExecContext(context.Context, string, []driver.NamedValue) (driver.Result, error) {
	if err := c.exec("exec"); err != nil {
		return nil, err
	}
	return driver.RowsAffected(1), nil
}

func (c *conn) query(query string) (driver.Rows, error) {
	if err := c.exec("query"); err != nil {
		return nil, err
	}
	c.s.add("rows", 1)
	sets := strings.Split(query, ";")
	return &rows{s: c.s, columns: columns(sets[0]), more: sets[1:]}, nil
}

// columns returns the names between SELECT and FROM.
func columns(query string) []string {
	_, list, ok := strings.Cut(query, "SELECT ")
	if !ok {
		return []string{"id"}
	}
	list, _, _ = strings.Cut(list, " FROM")
	names := strings.Split(list, ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	return names
}

type tx struct{ c *conn }

func (t *tx) Commit() error {
	t.c.s.add("tx", -1)
	err := t.c.s.op("commit")
	if err == nil && t.c.failed {
		t.c.s.mu.Lock()
		t.c.s.dirty = true
		t.c.s.mu.Unlock()
	}
	return err
}

func (t *tx) Rollback() error {
	t.c.s.add("tx", -1)
	return t.c.s.op("rollback")
}

type stmt struct {
	c     *conn
	query string
}

func (s *stmt) Close() error {
	if s.c.stmts > 0 {
		s.c.stmts--
		s.c.s.add("stmt", -1)
	}
	return nil
}

func (s *stmt) NumInput() int { return -1 }

func (s *stmt) Exec([]driver.Value) (driver.Result, error) {
	if err := s.c.exec("exec"); err != nil {
		return nil, err
	}
	return driver.RowsAffected(1), nil
}

func (s *stmt) Query([]driver.Value) (driver.Rows, error) { return s.c.query(s.query) }

// rows are result sets in which each value is the number of its row, from 1.
type rows struct {
	s       *server
	columns []string
	more    []string // queries of the result sets that follow
	n       int
	closed  bool
}

func (r *rows) Columns() []string { return r.columns }

func (r *rows) Close() error {
	if !r.closed {
		r.closed = true
		r.s.add("rows", -1)
	}
	return nil
}

func (r *rows) Next(dest []driver.Value) error {
	err := r.s.op("next")
	if err != nil && r.s.how != odd {
		return err
	}
	if r.n == r.s.rows {
		return io.EOF
	}
	r.n++
	for i := range dest {
		dest[i] = int64(r.n)
		if err != nil {
			dest[i] = fmt.Sprintf("value %d", r.n)
		}
	}
	return nil
}

func (r *rows) HasNextResultSet() bool { return len(r.more) > 0 }

func (r *rows) NextResultSet() error {
	if len(r.more) == 0 {
		return io.EOF
	}
	if err := r.s.op("next result set"); err != nil {
		return err
	}
	r.columns, r.more, r.n = columns(r.more[0]), r.more[1:], 0
	return nil
}
