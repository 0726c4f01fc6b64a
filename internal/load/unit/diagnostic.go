package unit

import (
	"cmp"
	"slices"
)

// A Position is a place in a file. File is absolute; Line and Col count from 1,
// Col and Offset in bytes. The zero Position is no place.
type Position struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Col    int    `json:"col"`
	Offset int    `json:"offset"`
}

// IsValid reports whether p is a place.
func (p Position) IsValid() bool { return p.Line > 0 }

// A Related is a secondary place of a diagnostic.
type Related struct {
	Pos, End Position
	Message  string
}

// An Edit replaces the bytes [Start, End) of File by NewText.
type Edit struct {
	File       string
	Start, End int
	NewText    string
}

// A Fix is one suggested way to remove a diagnostic: all its edits or none.
type Fix struct {
	Message string
	Edits   []Edit
}

// A Diagnostic is one report of an analyzer, free of the syntax tree it was made
// from.
type Diagnostic struct {
	Analyzer  string // name of the analyzer
	Category  string
	Message   string
	URL       string
	Pos, End  Position
	Related   []Related `json:",omitempty"`
	Fixes     []Fix     `json:",omitempty"`
	PkgPath   string    // import path of the package, without the test variant
	Generated bool      // the file says that it is generated
}

// Compare orders diagnostics by place, analyzer and message.
func (d *Diagnostic) Compare(e *Diagnostic) int {
	return cmp.Or(
		cmp.Compare(d.Pos.File, e.Pos.File),
		cmp.Compare(d.Pos.Offset, e.Pos.Offset),
		cmp.Compare(d.Pos.Line, e.Pos.Line),
		cmp.Compare(d.Analyzer, e.Analyzer),
		cmp.Compare(d.Category, e.Category),
		cmp.Compare(d.Message, e.Message),
		cmp.Compare(d.End.Offset, e.End.Offset),
	)
}

// Sort sorts diagnostics and removes those that an earlier one repeats: a file
// belongs to a package and to its test variant.
func Sort(all []Diagnostic) []Diagnostic {
	slices.SortStableFunc(all, func(a, b Diagnostic) int { return a.Compare(&b) })
	return slices.CompactFunc(all, func(a, b Diagnostic) bool { return a.Compare(&b) == 0 })
}
