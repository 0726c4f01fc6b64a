package poollimits

import (
	_ "embed"
	"fmt"
	"strings"
	"time"

	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/directive"
	"github.com/connlint/connlint/internal/pools"
	"github.com/connlint/connlint/internal/ruledoc"
)

//go:embed doc.go
var doc string

// Analyzer reports pools without limits, and limits that cannot be meant.
var Analyzer = &analysis.Analyzer{
	Name:     "poollimits",
	Doc:      ruledoc.Extract(doc),
	URL:      "https://pkg.go.dev/github.com/connlint/connlint/passes/poollimits",
	Run:      run,
	Requires: []*analysis.Analyzer{pools.Analyzer},
}

// The values that the suggested fix sets.
var (
	maxOpen     = 25
	maxLifetime = 30 * time.Minute
)

func init() {
	Analyzer.Flags.IntVar(&maxOpen, "max-open", maxOpen, "`connections` that the suggested fix limits a pool to")
	Analyzer.Flags.DurationVar(&maxLifetime, "max-lifetime", maxLifetime, "`duration` after which the suggested fix lets connections expire")
}

func run(pass *analysis.Pass) (any, error) {
	report := directive.Filter(pass)
	res := pass.ResultOf[pools.Analyzer].(*pools.Result)
	for _, p := range res.Pools {
		// A command that serves nothing ends before a pool without limits hurts.
		if p.Engine != pools.Network || p.Fate != pools.Used || pass.Pkg.Name() == "main" && !res.Roots.Serves {
			continue
		}
		if methods, harm := missing(p); methods != nil {
			report(analysis.Diagnostic{
				Pos: p.Pos, End: p.End, Category: "missing", URL: pass.Analyzer.URL,
				Message:        fmt.Sprintf("%s has no %s: %s", subject(p), strings.Join(methods, " and no "), harm),
				SuggestedFixes: fix(res, p, methods),
			})
		}
		if n, ok := churns(p); ok {
			report(analysis.Diagnostic{
				Pos: p.Limits[pools.MaxOpen].Pos, Category: "churn", URL: pass.Analyzer.URL,
				Message: fmt.Sprintf("%s may open %d connections and keeps 2 idle: under load the others are closed and opened again and again; set SetMaxIdleConns, too", subject(p), n),
			})
		}
	}
	for _, c := range res.Configs {
		if c.Engine == pools.Network || c.Engine == pools.EngineUnknown {
			for _, f := range absurd(c) {
				report(analysis.Diagnostic{Pos: f.pos, Category: f.category, Message: f.message, URL: pass.Analyzer.URL})
			}
		}
	}
	return nil, nil
}

// subject names a pool: the variable and the call.
func subject(p *pools.Pool) string {
	call := pools.ShortName(p.Method)
	if p.Callee != "" {
		call = fmt.Sprintf("%s (%s at %s)", pools.ShortName(p.Callee), call, p.Site)
	}
	if p.Name == "" {
		return "the pool from " + call
	}
	return p.Name + " from " + call
}

// missing returns the methods that ought to have been called, and the harm.
func missing(p *pools.Pool) (methods []string, harm string) {
	has := func(limit string) bool { _, ok := p.Limits[limit]; return ok }
	if !p.IsDatabaseSQL() {
		if !has(pools.MaxOpen) {
			return []string{"MaxConns"}, "its size is that of the machine (4, or the number of CPUs), not what the server has room for"
		}
		return nil, ""
	}
	if !has(pools.MaxOpen) {
		methods = append(methods, "SetMaxOpenConns")
		harm = "under load it opens connections until the server refuses new ones"
	}
	if !has(pools.MaxLifetime) && !has(pools.MaxIdleTime) {
		methods = append(methods, "SetConnMaxLifetime")
		if harm == "" {
			harm = "connections stay for ever, also to a server that failed over or behind a firewall that forgot them"
		}
	}
	return methods, harm
}

// manyOpen is the number of open connections from which the two idle ones of the
// default are few.
const manyOpen = 10

// churns reports whether a pool may open many more connections than the two that
// database/sql keeps idle unless told otherwise.
func churns(p *pools.Pool) (int64, bool) {
	open, ok := p.Limits[pools.MaxOpen]
	_, idle := p.Limits[pools.MaxIdle]
	return open.Value, ok && open.Known && !idle && open.Value >= manyOpen && p.IsDatabaseSQL()
}

// fix returns the calls with the values of the flags.
func fix(res *pools.Result, p *pools.Pool, methods []string) []analysis.SuggestedFix {
	var calls []string
	for _, m := range methods {
		switch m {
		case "SetMaxOpenConns":
			calls = append(calls, fmt.Sprintf("%s(%d)", m, maxOpen))
			if _, set := p.Limits[pools.MaxIdle]; !set && maxOpen >= manyOpen {
				calls = append(calls, fmt.Sprintf("SetMaxIdleConns(%d)", maxOpen)) // or the fix is the next fault
			}
		case "SetConnMaxLifetime":
			calls = append(calls, fmt.Sprintf("%s(%s)", m, duration(maxLifetime)))
		}
	}
	edits := res.InsertCalls(p, calls...)
	if edits == nil {
		return nil
	}
	return []analysis.SuggestedFix{{Message: "Insert " + strings.Join(methods, " and "), TextEdits: edits}}
}

// duration writes d as Go code.
func duration(d time.Duration) string {
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{time.Hour, "Hour"}, {time.Minute, "Minute"}, {time.Second, "Second"}, {time.Millisecond, "Millisecond"}} {
		if d%u.unit == 0 {
			return fmt.Sprintf("%d * time.%s", d/u.unit, u.name)
		}
	}
	return fmt.Sprintf("%d * time.Nanosecond", d)
}
