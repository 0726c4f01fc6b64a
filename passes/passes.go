// Package passes is the suite: every rule of connlint, as go/analysis analyzers for
// any driver that takes them.
package passes

import (
	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/passes/connclose"
	"github.com/connlint/connlint/passes/connretry"
	"github.com/connlint/connlint/passes/poolbudget"
	"github.com/connlint/connlint/passes/pooldeadlock"
	"github.com/connlint/connlint/passes/poollimits"
	"github.com/connlint/connlint/passes/poolwait"
	"github.com/connlint/connlint/passes/requestopen"
	"github.com/connlint/connlint/passes/rowsclose"
	"github.com/connlint/connlint/passes/rowserr"
	"github.com/connlint/connlint/passes/stmtclose"
	"github.com/connlint/connlint/passes/txdone"
	"github.com/connlint/connlint/passes/txhold"
)

// All lists the rules, those about giving back first.
var All = []*analysis.Analyzer{
	rowsclose.Analyzer,
	stmtclose.Analyzer,
	connclose.Analyzer,
	txdone.Analyzer,
	rowserr.Analyzer,
	requestopen.Analyzer,
	poollimits.Analyzer,
	poolwait.Analyzer,
	pooldeadlock.Analyzer,
	txhold.Analyzer,
	connretry.Analyzer,
	poolbudget.Analyzer,
}
