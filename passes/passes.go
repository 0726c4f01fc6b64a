// Package passes is the suite: every rule of connlint, as go/analysis analyzers for
// any driver that takes them.
package passes

import "golang.org/x/tools/go/analysis"

// All lists the rules, those about giving back first.
var All = []*analysis.Analyzer{}
