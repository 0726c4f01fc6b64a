// Package report holds what connlint found, and writes it: one Handler for each
// output format. It knows neither analyzers nor configuration.
package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A Severity says how bad a finding is.
type Severity string

// The severities: an error is a path that leaks, hangs or breaks for certain, a
// warning a risk that depends on load or set-up.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Note    Severity = "note"
)

// Severities lists them, worst first.
var Severities = []Severity{Error, Warning, Note}

// AtLeast reports whether s is as bad as t or worse.
func (s Severity) AtLeast(t Severity) bool {
	return slices.Index(Severities, s) <= slices.Index(Severities, t)
}

// A Place is a range of source text with something to say about it.
type Place struct {
	// File is relative to the report's Dir and has slashes; a file outside Dir
	// has its absolute name.
	File string
	// Line and Column count from 1, Column in bytes. End is exclusive; EndLine
	// is 0 if only a point is known.
	Line, Column       int
	EndLine, EndColumn int
	Message            string
}

func (p Place) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column) }

// A Finding is one fault in the code.
type Finding struct {
	Place             // where; its Message is one line, "fault: harm"
	Rule     string   // the analyzer's name
	Category string   // of the rule; may be empty
	Severity Severity // after configuration
	Related  []Place  // the path from the place to the harm, and other places, in order
	Fixes    []Fix    // each alone removes the finding
	// Fingerprint is the same after edits elsewhere in the file; see SetFingerprints.
	Fingerprint string
}

// Fault and Harm are the two halves of the message.
func (f *Finding) Fault() string { fault, _ := cutMessage(f.Message); return fault }

// Harm is what the fault leads to; empty if the message does not say.
func (f *Finding) Harm() string { _, harm := cutMessage(f.Message); return harm }

// cutMessage cuts at the last ": ", since SQL and expressions stand in the fault.
func cutMessage(message string) (fault, harm string) {
	i := strings.LastIndex(message, ": ")
	if i < 0 {
		return message, ""
	}
	return message[:i], message[i+len(": "):]
}

// Path returns the finding's place followed by its related ones.
func (f *Finding) Path() []Place { return append([]Place{f.Place}, f.Related...) }

// A Fix is a set of edits that belong together.
type Fix struct {
	Message string
	Edits   []Edit
}

// An Edit replaces bytes Start to End of a file.
type Edit struct {
	File       string // as in Place
	Start, End int
	New        string
}

// A Rule describes an analyzer to formats that carry documentation.
type Rule struct {
	Name     string
	Summary  string // one line
	Markdown string // the whole documentation
	Severity Severity
	URL      string
}

// A Report is the result of one run. Findings are sorted.
type Report struct {
	Version  string // of connlint
	Dir      string // absolute; what Place.File is relative to
	Rules    []Rule // all that ran
	Findings []Finding
	Packages int // how many were analyzed
	source   Source
}

// Source returns the report's access to source text.
func (r *Report) Source() *Source {
	r.source.dir = r.Dir
	return &r.source
}

// Sort puts findings into the order in which they are printed: by place, rule,
// category and message. It drops exact duplicates, which test variants of a
// package produce.
func Sort(findings []Finding) []Finding {
	slices.SortStableFunc(findings, compare)
	return slices.CompactFunc(findings, func(a, b Finding) bool { return compare(a, b) == 0 })
}

func compare(a, b Finding) int {
	return cmp.Or(
		strings.Compare(a.File, b.File),
		cmp.Compare(a.Line, b.Line),
		cmp.Compare(a.Column, b.Column),
		strings.Compare(a.Rule, b.Rule),
		strings.Compare(a.Category, b.Category),
		strings.Compare(a.Message, b.Message),
	)
}

// A Handler writes a report in one format.
type Handler interface {
	Handle(w io.Writer, r *Report) error
}

// A HandlerFunc is a Handler.
type HandlerFunc func(w io.Writer, r *Report) error

// Handle calls f.
func (f HandlerFunc) Handle(w io.Writer, r *Report) error { return f(w, r) }

// formats are the handlers by name; text has options of its own.
var formats = map[string]Handler{
	"plain":      HandlerFunc(writePlain),
	"text":       Text{},
	"json":       HandlerFunc(writeJSON),
	"sarif":      HandlerFunc(writeSARIF),
	"github":     HandlerFunc(writeGitHub),
	"checkstyle": HandlerFunc(writeCheckstyle),
	"gitlab":     HandlerFunc(writeGitLab),
	"html":       HandlerFunc(writeHTML),
}

// Formats lists the names that ForFormat knows, the human ones first.
func Formats() []string {
	return []string{"text", "plain", "json", "sarif", "github", "checkstyle", "gitlab", "html"}
}

// ForFormat returns the handler of that name.
func ForFormat(name string) (Handler, error) {
	if h, ok := formats[name]; ok {
		return h, nil
	}
	return nil, fmt.Errorf("unknown format %q: one of %s", name, strings.Join(Formats(), ", "))
}
