package harness

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// A session is one connection of a client and its connection to the real server. What
// the client asks for is handed on message by message, and the answer brought back
// before the next. An operation that was chosen to fail is replaced by one that fails
// in the server, so that the server's state is what it is after a failure.
type session struct {
	p      *postgres
	s      *server
	client *pgproto3.Backend
	real   *pgproto3.Frontend

	statements map[string]string // prepared queries, by name
	portal     string            // the query that is bound
	skip       bool              // until Sync, after an error
}

// errLost ends a session without a word.
var errLost = errors.New("connection lost")

// failing is a statement that fails.
const failing = "SELECT injected_failure()"

func (c *session) serve(conn net.Conn) error {
	defer conn.Close()
	msg, err := c.client.ReceiveStartupMessage()
	if err != nil {
		return err
	}
	switch msg := msg.(type) {
	case *pgproto3.CancelRequest:
		return c.cancel(msg)
	case *pgproto3.StartupMessage:
	default:
		return fmt.Errorf("unexpected %T", msg)
	}
	c.s.add("session", 1)
	defer c.s.add("session", -1)
	real, err := c.connect()
	if err != nil {
		return err
	}
	defer real.Close()
	defer c.s.session(conn)()
	for {
		msg, err := c.client.Receive()
		if err != nil {
			return err
		}
		if err := errors.Join(c.handle(msg), c.client.Flush()); err != nil {
			return err
		}
	}
}

// cancel hands a request to cancel on.
func (c *session) cancel(msg *pgproto3.CancelRequest) error {
	d := c.p.database
	network, address := pgconn.NetworkAddress(d.Host, d.Port)
	conn, err := net.Dial(network, address)
	if err != nil {
		return err
	}
	defer conn.Close()
	raw, err := msg.Encode(nil)
	if err != nil {
		return err
	}
	_, err = conn.Write(raw)
	return err
}

// connect connects to the real server. The harness signs in, not the client.
func (c *session) connect() (net.Conn, error) {
	config := c.p.database
	if err := c.s.op("connect"); err != nil {
		if c.s.how == lost {
			return nil, errLost
		}
		config = c.p.missing
	}
	config = config.Copy()
	config.RuntimeParams["specimen.rows"] = strconv.Itoa(c.s.rows)
	config.RuntimeParams["specimen.fail"] = "0"
	ctx := context.Background()
	conn, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return nil, errors.Join(c.refuse(err), err)
	}
	if err := conn.SyncConn(ctx); err != nil {
		return nil, err
	}
	h, err := conn.Hijack()
	if err != nil {
		return nil, err
	}
	c.real = h.Frontend
	c.client.Send(&pgproto3.AuthenticationOk{})
	for name, value := range h.ParameterStatuses {
		c.client.Send(&pgproto3.ParameterStatus{Name: name, Value: value})
	}
	c.client.Send(&pgproto3.BackendKeyData{ProcessID: h.PID, SecretKey: h.SecretKey})
	c.client.Send(&pgproto3.ReadyForQuery{TxStatus: h.TxStatus})
	return h.Conn, c.client.Flush()
}

// refuse tells the client why the server refused the connection.
func (c *session) refuse(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	c.client.Send(&pgproto3.ErrorResponse{Severity: pg.Severity, SeverityUnlocalized: pg.SeverityUnlocalized, Code: pg.Code, Message: pg.Message})
	return c.client.Flush()
}

func (c *session) handle(msg pgproto3.FrontendMessage) error {
	switch msg := msg.(type) {
	case *pgproto3.Terminate:
		return errLost
	case *pgproto3.Sync:
		return c.ask(msg, nil)
	case *pgproto3.Flush:
		return nil // what there is has been brought back
	case *pgproto3.Query:
		return c.simple(msg.String)
	}
	if c.skip {
		return nil
	}
	switch msg := msg.(type) {
	case *pgproto3.Parse:
		if ok, err := c.op("prepare"); err != nil {
			return err
		} else if !ok {
			msg.Query = "injected failure" // no SQL
		}
		c.statements[msg.Name] = msg.Query
	case *pgproto3.Bind:
		c.portal = c.statements[msg.PreparedStatement]
	case *pgproto3.Execute:
		return c.execute(msg)
	case *pgproto3.Describe, *pgproto3.Close:
	default:
		return fmt.Errorf("unexpected %T", msg)
	}
	return c.extended(msg, nil)
}

// op is an operation of the server; it reports whether it is to go well. A connection
// that is lost is an error.
func (c *session) op(kind string) (bool, error) {
	err := c.s.op(kind)
	if err == nil {
		return true, nil
	}
	if c.s.how == lost {
		return false, errLost
	}
	return false, nil
}

// kindOf says what a statement does.
func kindOf(query string) string {
	verb, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(query)), " ")
	switch {
	case verb == "" || strings.HasPrefix(verb, "--"):
		return "ping"
	case verb == "begin", verb == "commit", verb == "rollback":
		return verb
	case verb == "select" || strings.Contains(query, "RETURNING"):
		return "query"
	}
	return "exec"
}

// injure is an operation as op has it, which the server itself makes fail where it can:
// a commit breaks a promise, a rollback fails only with its connection.
func (c *session) injure(kind string) (ok bool, err error) {
	ok, err = c.op(kind)
	if ok || err != nil {
		return ok, err
	}
	switch kind {
	case "commit":
		return true, c.own("INSERT INTO promise VALUES (1)")
	case "rollback":
		return false, errLost
	}
	return false, nil
}

// execute runs what is bound.
func (c *session) execute(msg *pgproto3.Execute) error {
	kind := kindOf(c.portal)
	ok, err := c.injure(kind)
	if err != nil {
		return err
	}
	if !ok {
		msg.Portal = "injected failure" // there is none
		return c.extended(msg, nil)
	}
	if kind != "query" {
		return c.extended(msg, nil)
	}
	bad := c.s.next()
	if bad == 0 || c.s.how == odd {
		return c.extended(msg, nullAt(bad))
	}
	// As many rows as go well, and then what fails.
	if bad > 1 {
		err = c.extended(&pgproto3.Execute{Portal: msg.Portal, MaxRows: uint32(bad - 1)}, nil)
	}
	if err != nil || c.skip {
		return err
	}
	if c.s.how == lost {
		return errors.Join(c.client.Flush(), errLost)
	}
	return c.extended(&pgproto3.Execute{Portal: "injected failure"}, nil)
}

// A hook sees each message of an answer before the client. Its error ends the session.
type hook func(pgproto3.BackendMessage) error

// nullAt puts NULLs, which cannot be scanned into an int, into a row of the answer.
func nullAt(row int) hook {
	n := 0
	return func(msg pgproto3.BackendMessage) error {
		if data, ok := msg.(*pgproto3.DataRow); ok {
			if n++; n == row {
				clear(data.Values)
			}
		}
		return nil
	}
}

// cutAtError ends the session in place of an error.
func cutAtError(msg pgproto3.BackendMessage) error {
	if _, ok := msg.(*pgproto3.ErrorResponse); ok {
		return errLost
	}
	return nil
}

// simple runs statements of the simple protocol.
func (c *session) simple(queries string) error {
	all := strings.Split(queries, ";")
	bad := 0
	for i, query := range all {
		if strings.TrimSpace(query) == "" && len(all) > 1 {
			continue
		}
		kind := kindOf(query)
		ok, err := c.injure(kind)
		if err != nil {
			return err
		}
		if !ok {
			all = append(all[:i:i], failing)
			break
		}
		if kind == "query" && bad == 0 {
			bad = c.s.next()
		}
	}
	msg := &pgproto3.Query{String: strings.Join(all, ";")}
	switch {
	case bad == 0:
		return c.ask(msg, nil)
	case c.s.how == odd:
		return c.ask(msg, nullAt(bad))
	}
	if err := c.own("SET specimen.fail = " + strconv.Itoa(bad)); err != nil {
		return err
	}
	var h hook
	if c.s.how == lost {
		h = cutAtError
	}
	if err := c.ask(msg, h); err != nil {
		return err
	}
	return c.own("SET specimen.fail = 0") // a transaction that has failed takes it back by itself
}

// own runs a statement of the harness. What the server says to it is not for the client.
func (c *session) own(statement string) error {
	c.real.Send(&pgproto3.Query{String: statement})
	if err := c.real.Flush(); err != nil {
		return err
	}
	for {
		msg, err := c.real.Receive()
		if err != nil {
			return err
		}
		if _, ok := msg.(*pgproto3.ReadyForQuery); ok {
			return nil
		}
	}
}

// ask hands on a message that the server answers up to ReadyForQuery.
func (c *session) ask(msg pgproto3.FrontendMessage, h hook) error {
	c.real.Send(msg)
	return c.relay(h, func(msg pgproto3.BackendMessage) bool {
		_, ok := msg.(*pgproto3.ReadyForQuery)
		return ok
	})
}

// extended hands on a message of the extended protocol. The server would keep the answer
// to itself until Sync.
func (c *session) extended(msg pgproto3.FrontendMessage, h hook) error {
	c.real.Send(msg)
	c.real.Send(&pgproto3.Flush{})
	return c.relay(h, func(msg pgproto3.BackendMessage) bool {
		switch msg.(type) {
		case *pgproto3.ParseComplete, *pgproto3.BindComplete, *pgproto3.CloseComplete, *pgproto3.RowDescription, *pgproto3.NoData,
			*pgproto3.CommandComplete, *pgproto3.EmptyQueryResponse, *pgproto3.PortalSuspended, *pgproto3.ErrorResponse:
			return true
		}
		return false
	})
}

// relay brings back what the server says, up to the last message of its answer.
func (c *session) relay(h hook, last func(pgproto3.BackendMessage) bool) error {
	if err := c.real.Flush(); err != nil {
		return err
	}
	for {
		msg, err := c.real.Receive()
		if err != nil {
			return err
		}
		if h != nil {
			if err := h(msg); err != nil {
				return errors.Join(c.client.Flush(), err)
			}
		}
		switch msg.(type) {
		case *pgproto3.ErrorResponse:
			c.skip = true
		case *pgproto3.ReadyForQuery:
			c.skip = false
		case *pgproto3.PortalSuspended:
			return nil // the client asks for all rows
		}
		c.client.Send(msg)
		if last(msg) {
			return nil
		}
	}
}
