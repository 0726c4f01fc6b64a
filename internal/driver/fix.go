package driver

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"go/format"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/connlint/connlint/internal/report"
)

// maxRounds bounds how often -fix analyzes again: a round applies only fixes that
// do not overlap, the next one the others.
const maxRounds = 5

// A change is the new text of a file.
type change struct {
	file     string
	old, new []byte
}

// applyFixes writes the fixed files, analyzes again and returns what is left. A
// fixed file that does not compile is put back as it was.
func (s *session) applyFixes(ctx context.Context, out *outcome) (*outcome, error) {
	applied := 0
	refused := map[string]bool{}
	for range maxRounds {
		changes, n, left, err := plan(withoutFiles(out.findings, refused))
		if err != nil {
			return nil, err
		}
		if len(changes) == 0 {
			break
		}
		after, undone, err := s.try(ctx, out, changes)
		if err != nil {
			return nil, err
		}
		for _, c := range undone {
			refused[c.file] = true
			fmt.Fprintf(s.stderr, "connlint: %s would not compile with its fixes and is left alone\n", relative(s.dir, c.file))
		}
		out = after
		if len(undone) > 0 {
			continue
		}
		applied += n
		if left == 0 {
			break
		}
	}
	if applied > 0 {
		fmt.Fprintf(s.stderr, "connlint: applied %s\n", count(applied, "fix", "fixes"))
	}
	return out, nil
}

// try writes the changes and analyzes again. If files have errors that had none
// before, all changes are undone, the outcome is the old one, and the changes to
// those files are returned.
func (s *session) try(ctx context.Context, before *outcome, changes []change) (*outcome, []change, error) {
	for _, c := range changes {
		if err := rewrite(c.file, c.old, c.new); err != nil {
			return nil, nil, err
		}
	}
	s.quiet = true
	after, err := s.findings(ctx)
	s.quiet = false
	if err != nil {
		return nil, nil, errors.Join(err, undo(changes))
	}
	var broken []change
	for _, c := range changes {
		if slices.Contains(after.broken, c.file) && !slices.Contains(before.broken, c.file) {
			broken = append(broken, c)
		}
	}
	if len(broken) == 0 && len(after.broken) > len(before.broken) {
		broken = changes // the errors are elsewhere: it could be any
	}
	if len(broken) == 0 {
		return after, nil, nil
	}
	return before, broken, undo(changes)
}

func undo(changes []change) error {
	for _, c := range changes {
		if err := rewrite(c.file, c.new, c.old); err != nil {
			return err
		}
	}
	return nil
}

// withoutFiles returns the findings none of whose fixes touch one of the files.
func withoutFiles(findings []report.Finding, files map[string]bool) []report.Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f report.Finding) bool {
		return slices.ContainsFunc(f.Fixes, func(fix report.Fix) bool {
			return slices.ContainsFunc(fix.Edits, func(e report.Edit) bool { return files[e.File] })
		})
	})
}

// printDiff prints what the first round of -fix would change.
func (s *session) printDiff(out *outcome) error {
	changes, _, _, err := plan(out.findings)
	if err != nil {
		return err
	}
	for _, c := range changes {
		name := relative(s.dir, c.file)
		if _, err := s.stdout.Write(diff.Diff("a/"+name, c.old, "b/"+name, c.new)); err != nil {
			return err
		}
	}
	if out.failed {
		return s.verdict(out)
	}
	if len(changes) > 0 {
		return errFindings
	}
	return nil
}

// plan picks the first fix of each finding, leaves out those that overlap one
// picked before, and returns the new text of the files and how many fixes were
// picked and left out. A file that does not parse afterwards is an error.
func plan(findings []report.Finding) (changes []change, picked, left int, err error) {
	edits := map[string][]report.Edit{}
	for _, f := range findings {
		if len(f.Fixes) == 0 || !fixable(f.Fixes[0]) {
			continue
		}
		if add(edits, f.Fixes[0].Edits) {
			picked++
		} else {
			left++
		}
	}
	for _, file := range slices.Sorted(maps.Keys(edits)) {
		old, err := os.ReadFile(file)
		if err != nil {
			return nil, 0, 0, fmt.Errorf("fix: %v", err)
		}
		text, err := apply(old, edits[file])
		if err != nil {
			return nil, 0, 0, fmt.Errorf("fix: %s: %v: nothing was changed", file, err)
		}
		if !bytes.Equal(old, text) {
			changes = append(changes, change{file, old, text})
		}
	}
	return changes, picked, left, nil
}

// fixable reports whether the fix may be applied: edits in files that use cgo
// count bytes of the file that cgo made of them.
func fixable(fix report.Fix) bool {
	for _, e := range fix.Edits {
		file, err := parser.ParseFile(token.NewFileSet(), e.File, nil, parser.ImportsOnly)
		if err != nil {
			return false
		}
		for _, imp := range file.Imports {
			if imp.Path.Value == `"C"` {
				return false
			}
		}
	}
	return len(fix.Edits) > 0
}

// add adds the edits of one fix unless one of them overlaps an edit that is there.
// An edit that is there already, such as an import that two fixes need, is no
// overlap.
func add(edits map[string][]report.Edit, fix []report.Edit) bool {
	var added []report.Edit
	for _, e := range fix {
		if slices.Contains(edits[e.File], e) {
			continue
		}
		for _, old := range edits[e.File] {
			if overlap(old, e) {
				return false
			}
		}
		added = append(added, e)
	}
	for _, e := range added {
		edits[e.File] = append(edits[e.File], e)
	}
	return true
}

// overlap reports whether two edits touch: also insertions at the same place,
// whose order nobody knows.
func overlap(a, b report.Edit) bool {
	if a.Start == b.Start {
		return true
	}
	if a.Start > b.Start {
		a, b = b, a
	}
	return b.Start < a.End
}

// apply returns the text with the edits, formatted if it was before.
func apply(text []byte, edits []report.Edit) ([]byte, error) {
	slices.SortFunc(edits, func(a, b report.Edit) int { return cmp.Compare(a.Start, b.Start) })
	var b bytes.Buffer
	at := 0
	for _, e := range edits {
		if e.Start < at || e.End < e.Start || e.End > len(text) {
			return nil, fmt.Errorf("an edit of bytes %d to %d does not fit the file", e.Start, e.End)
		}
		b.Write(text[at:e.Start])
		b.WriteString(e.New)
		at = e.End
	}
	b.Write(text[at:])
	formatted, err := format.Source(b.Bytes())
	if err != nil {
		return nil, fmt.Errorf("the fixed text is not Go: %v", err)
	}
	if bytes.Contains(text, []byte("\r\n")) {
		// format.Source drops carriage returns; keep the file's own ends of lines.
		return []byte(strings.ReplaceAll(strings.ReplaceAll(string(formatted), "\r\n", "\n"), "\n", "\r\n")), nil
	}
	return formatted, nil
}

// rewrite replaces the text of the file, keeping its mode.
func rewrite(file string, old, text []byte) error {
	info, err := os.Stat(file)
	if err != nil {
		return fmt.Errorf("fix: %v", err)
	}
	now, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("fix: %v", err)
	}
	if !bytes.Equal(now, old) {
		return fmt.Errorf("fix: %s has changed in the meantime: run connlint again", file)
	}
	// Written in place: a new file would lose links and ownership.
	if err := os.WriteFile(file, text, info.Mode().Perm()); err != nil {
		return fmt.Errorf("fix: %v", err)
	}
	return nil
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
