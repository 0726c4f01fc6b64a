package harness

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgproto3"
)

// A postgres listens on a socket and speaks as much of PostgreSQL's protocol as the
// specimens of pgx need. Each connection belongs to the server of the current run.
type postgres struct {
	dir      string
	listener net.Listener
}

// startPostgres listens in a new temporary directory.
var startPostgres = sync.OnceValues(func() (*postgres, error) {
	dir, err := os.MkdirTemp("", "specimens")
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	p := &postgres{dir, l}
	go p.accept()
	return p, nil
})

// dsn is the data source name of the server.
func (p *postgres) dsn() string {
	return "host=" + p.dir + " port=5432 user=u database=d sslmode=disable"
}

func (p *postgres) close() error {
	return errors.Join(p.listener.Close(), os.RemoveAll(p.dir))
}

func (p *postgres) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		s := current.Load()
		s.add("session", 1)
		go func() {
			defer s.add("session", -1)
			defer c.Close()
			sess := &session{s: s, backend: pgproto3.NewBackend(c, c), status: 'I', statements: map[string]string{}}
			_ = sess.serve() // the client is gone, or told to be
		}()
	}
}

// errLost ends a session without a word.
var errLost = errors.New("connection lost")

// A session is one connection of a client.
type session struct {
	s          *server
	backend    *pgproto3.Backend
	status     byte // I, T or E, as in ReadyForQuery
	statements map[string]string
	portal     string // the query that is bound
	formats    []int16
	skip       bool // until Sync, after an error
}

func (c *session) serve() error {
	if err := c.startup(); err != nil {
		return err
	}
	for {
		msg, err := c.backend.Receive()
		if err != nil {
			return err
		}
		if err := c.handle(msg); err != nil {
			return err
		}
	}
}

func (c *session) startup() error {
	msg, err := c.backend.ReceiveStartupMessage()
	if err != nil {
		return err
	}
	if _, ok := msg.(*pgproto3.StartupMessage); !ok {
		return fmt.Errorf("unexpected %T", msg)
	}
	if err := c.s.op("connect"); err != nil {
		c.fail(err)
		return errors.Join(c.backend.Flush(), err)
	}
	c.backend.Send(&pgproto3.AuthenticationOk{})
	c.backend.Send(&pgproto3.ParameterStatus{Name: "standard_conforming_strings", Value: "on"})
	c.backend.Send(&pgproto3.ParameterStatus{Name: "client_encoding", Value: "UTF8"})
	c.backend.Send(&pgproto3.BackendKeyData{ProcessID: 1, SecretKey: []byte{0, 0, 0, 1}})
	return c.ready()
}

func (c *session) ready() error {
	c.skip = false
	c.backend.Send(&pgproto3.ReadyForQuery{TxStatus: c.status})
	return c.backend.Flush()
}

func (c *session) fail(err error) {
	if c.status == 'T' {
		c.status = 'E'
	}
	c.skip = true
	c.backend.Send(&pgproto3.ErrorResponse{Severity: "ERROR", SeverityUnlocalized: "ERROR", Code: "XX000", Message: err.Error()})
}

func (c *session) handle(msg pgproto3.FrontendMessage) error {
	switch msg := msg.(type) {
	case *pgproto3.Terminate:
		return errLost
	case *pgproto3.Sync:
		return c.ready()
	case *pgproto3.Flush:
		return c.backend.Flush()
	case *pgproto3.Query:
		if err := c.simple(msg.String); err != nil {
			return err
		}
		return c.ready()
	}
	if c.skip {
		return nil
	}
	switch msg := msg.(type) {
	case *pgproto3.Parse:
		return c.parse(msg.Name, msg.Query)
	case *pgproto3.Describe:
		c.describe(msg)
	case *pgproto3.Bind:
		c.portal, c.formats = c.statements[msg.PreparedStatement], append([]int16(nil), msg.ResultFormatCodes...)
		c.backend.Send(&pgproto3.BindComplete{})
	case *pgproto3.Execute:
		return c.execute(c.portal)
	case *pgproto3.Close:
		c.backend.Send(&pgproto3.CloseComplete{})
	default:
		return fmt.Errorf("unexpected %T", msg)
	}
	return nil
}

// op is an operation of the server; it reports whether it went well. A connection
// that is lost is an error.
func (c *session) op(kind string) (bool, error) {
	err := c.s.op(kind)
	if err == nil {
		return true, nil
	}
	if c.s.how == lost {
		return false, errLost
	}
	c.fail(err)
	return false, nil
}

var parameter = regexp.MustCompile(`\$[0-9]+`)

func (c *session) parse(name, query string) error {
	if ok, err := c.op("prepare"); !ok {
		return err
	}
	c.statements[name] = query
	c.backend.Send(&pgproto3.ParseComplete{})
	return nil
}

func (c *session) describe(msg *pgproto3.Describe) {
	query := c.portal
	if msg.ObjectType == 'S' {
		query = c.statements[msg.Name]
		oids := make([]uint32, len(parameter.FindAllString(query, -1)))
		for i := range oids {
			oids[i] = int4
		}
		c.backend.Send(&pgproto3.ParameterDescription{ParameterOIDs: oids})
	}
	if returnsRows(query) {
		c.backend.Send(c.rowDescription(query))
	} else {
		c.backend.Send(&pgproto3.NoData{})
	}
}

const int4 = 23 // the type's OID

func (c *session) rowDescription(query string) *pgproto3.RowDescription {
	d := &pgproto3.RowDescription{}
	for i, name := range columns(query) {
		d.Fields = append(d.Fields, pgproto3.FieldDescription{
			Name: []byte(name), DataTypeOID: int4, DataTypeSize: 4, TypeModifier: -1, Format: c.format(i),
		})
	}
	return d
}

// format returns the format that the client wants of column i.
func (c *session) format(i int) int16 {
	switch len(c.formats) {
	case 0:
		return pgproto3.TextFormat
	case 1:
		return c.formats[0]
	}
	return c.formats[i]
}

func returnsRows(query string) bool {
	return strings.HasPrefix(query, "SELECT") || strings.Contains(query, "RETURNING")
}

func (c *session) simple(queries string) error {
	c.formats = nil
	for _, query := range strings.Split(queries, ";") {
		query = strings.TrimSpace(query)
		if query == "" || strings.HasPrefix(query, "--") {
			if ok, err := c.op("ping"); !ok {
				return err
			}
			c.backend.Send(&pgproto3.EmptyQueryResponse{})
			continue
		}
		if returnsRows(query) && c.status != 'E' {
			c.backend.Send(c.rowDescription(query))
		}
		if err := c.execute(query); err != nil || c.skip {
			return err
		}
	}
	return nil
}

// execute runs a query up to its CommandComplete.
func (c *session) execute(query string) error {
	verb, _, _ := strings.Cut(strings.ToLower(query), " ")
	if c.status == 'E' && verb != "rollback" && verb != "commit" {
		c.fail(errors.New("the transaction is aborted"))
		return nil
	}
	kind := verb
	switch {
	case returnsRows(query):
		kind = "query"
	case verb != "begin" && verb != "commit" && verb != "rollback":
		kind = "exec"
	}
	if ok, err := c.op(kind); !ok {
		if kind == "commit" || kind == "rollback" {
			c.status = 'I'
		}
		return err
	}
	tag, err := c.effect(kind, query)
	if err != nil || c.skip {
		return err
	}
	c.backend.Send(&pgproto3.CommandComplete{CommandTag: []byte(tag)})
	return nil
}

// effect does what the query asks for and returns its tag.
func (c *session) effect(kind, query string) (tag string, err error) {
	switch kind {
	case "begin":
		c.status = 'T'
		return "BEGIN", nil
	case "commit":
		tag = "COMMIT"
		if c.status == 'E' {
			tag = "ROLLBACK"
		}
		c.status = 'I'
		return tag, nil
	case "rollback":
		if !strings.Contains(query, " to ") {
			c.status = 'I'
		}
		return "ROLLBACK", nil
	case "query":
		return "SELECT " + strconv.Itoa(c.s.rows), c.sendRows(query)
	}
	return "UPDATE 1", nil
}

func (c *session) sendRows(query string) error {
	n := len(columns(query))
	for row := 1; row <= c.s.rows; row++ {
		err := c.s.op("next")
		values := make([][]byte, n)
		for i := range values {
			values[i] = c.encode(i, row)
		}
		switch {
		case err == nil:
		case c.s.how == odd:
			clear(values) // NULL cannot be scanned into an int
		case c.s.how == lost:
			return errors.Join(c.backend.Flush(), errLost)
		default:
			c.fail(err)
			return nil
		}
		c.backend.Send(&pgproto3.DataRow{Values: values})
	}
	return nil
}

func (c *session) encode(column, v int) []byte {
	if c.format(column) == pgproto3.TextFormat {
		return []byte(strconv.Itoa(v))
	}
	return binary.BigEndian.AppendUint32(nil, uint32(v))
}
