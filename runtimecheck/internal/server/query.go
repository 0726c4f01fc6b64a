package server

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A Query runs a statement without arguments and returns its rows as text, NULL
// as "". Statements of this package cast what drivers may not agree on.
type Query func(ctx context.Context, statement string) ([][]string, error)

// onSQL queries through database/sql.
func onSQL(q interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}) Query {
	return func(ctx context.Context, statement string) ([][]string, error) {
		rows, err := q.QueryContext(ctx, statement)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		columns, err := rows.Columns()
		if err != nil {
			return nil, err
		}
		var out [][]string
		for rows.Next() {
			values := make([]sql.NullString, len(columns))
			into := make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				return nil, err
			}
			row := make([]string, len(columns))
			for i, v := range values {
				row[i] = v.String
			}
			out = append(out, row)
		}
		return out, rows.Err()
	}
}

// onDriver queries on a driver's connection that database/sql does not have yet.
func onDriver(dc driver.Conn) Query {
	return func(ctx context.Context, statement string) ([][]string, error) {
		rows, closeStmt, err := driverQuery(ctx, dc, statement)
		if err != nil {
			return nil, err
		}
		defer closeStmt()
		defer rows.Close()
		var out [][]string
		for {
			values := make([]driver.Value, len(rows.Columns()))
			if err := rows.Next(values); err == io.EOF {
				return out, nil
			} else if err != nil {
				return nil, err
			}
			row := make([]string, len(values))
			for i, v := range values {
				row[i] = text(v)
			}
			out = append(out, row)
		}
	}
}

func driverQuery(ctx context.Context, dc driver.Conn, statement string) (rows driver.Rows, closeStmt func() error, err error) {
	if q, ok := dc.(driver.QueryerContext); ok {
		rows, err := q.QueryContext(ctx, statement, nil)
		if err != driver.ErrSkip {
			return rows, func() error { return nil }, err
		}
	}
	stmt, err := dc.Prepare(statement)
	if err != nil {
		return nil, nil, err
	}
	if q, ok := stmt.(driver.StmtQueryContext); ok {
		rows, err = q.QueryContext(ctx, nil)
	} else {
		rows, err = stmt.Query(nil) //nolint:staticcheck // all that old drivers have
	}
	if err != nil {
		stmt.Close()
		return nil, nil, err
	}
	return rows, stmt.Close, nil
}

func text(v driver.Value) string {
	switch v := v.(type) {
	case nil:
		return ""
	case []byte:
		return string(v)
	}
	return fmt.Sprint(v)
}

// list writes numbers for IN (...). There is no portable way to pass them as an argument.
func list(ids []int64) string {
	if len(ids) == 0 {
		return "-1"
	}
	var b strings.Builder
	for i, id := range ids {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(id, 10))
	}
	return b.String()
}

// quote writes a string constant without backslashes in it.
func quote(s string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(s, `\`, ""), "'", "''") + "'"
}

func number(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64) // what is no number comes from no column of ours
	return n
}
