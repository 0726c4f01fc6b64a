package driver

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/connlint/connlint/internal/report"
)

// baselineName is the file that -write-baseline writes when no other is named.
const baselineName = ".connlint-baseline.json"

// baselineVersion is raised when fingerprints change their meaning.
const baselineVersion = 1

// A baseline is the content of the file: findings that are known and not to be
// reported. It survives edits on other lines, since fingerprints do.
type baseline struct {
	Version  int             `json:"version"`
	Findings []baselineEntry `json:"findings"`
}

// A baselineEntry is one finding; the rest but Fingerprint is for people.
type baselineEntry struct {
	Fingerprint string `json:"fingerprint"`
	Rule        string `json:"rule"`
	File        string `json:"file"`
	Message     string `json:"message"`
}

// dropKnown removes the findings that stand in the baseline or are older than the
// revision.
func (s *session) dropKnown(ctx context.Context, out *outcome) error {
	if s.opts.baseline != "" && !s.opts.baselineOut.on {
		b, err := s.readBaseline(s.opts.baseline)
		if err != nil {
			return err
		}
		s.dropBaseline(b, out)
	}
	if s.opts.newFrom != "" {
		changes, err := s.changedSince(ctx, s.opts.newFrom)
		if err != nil {
			return err
		}
		out.findings = slices.DeleteFunc(out.findings, func(f report.Finding) bool { return !changes.touch(&f) })
	}
	return nil
}

func (s *session) dropBaseline(b *baseline, out *outcome) {
	known := map[string]bool{}
	for _, e := range b.Findings {
		known[e.Fingerprint] = true
	}
	found := map[string]bool{}
	out.findings = slices.DeleteFunc(out.findings, func(f report.Finding) bool {
		found[f.Fingerprint] = true
		return known[f.Fingerprint]
	})
	analyzed := map[string]bool{}
	for _, file := range out.files {
		analyzed[relative(s.root, file)] = true
	}
	everything := s.dir == s.root && slices.Equal(s.opts.patterns, []string{"./..."})
	gone := 0
	for _, e := range b.Findings {
		if (everything || analyzed[e.File]) && !found[e.Fingerprint] {
			gone++
		}
	}
	if gone > 0 && !out.failed {
		fmt.Fprintf(s.stderr, "connlint: %d of the %d findings in %s are gone: -write-baseline removes them\n",
			gone, len(b.Findings), relative(s.dir, s.opts.baseline))
	}
}

// readBaseline reads and checks the file. A part of a baseline is refused: the
// findings it lost would be reported as new.
func (s *session) readBaseline(name string) (*baseline, error) {
	shown := relative(s.dir, name)
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("baseline %s does not exist: -write-baseline writes it", shown)
	}
	if err != nil {
		return nil, fmt.Errorf("baseline: %v", err)
	}
	b := new(baseline)
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	err = dec.Decode(b)
	if err == nil && dec.More() {
		err = errors.New("more text behind the end")
	}
	if err != nil {
		line := 1 + bytes.Count(text[:jsonOffset(dec, err, len(text))], []byte("\n"))
		return nil, fmt.Errorf("baseline %s:%d: not a complete baseline: %s: -write-baseline writes it anew", shown, line, jsonMessage(err))
	}
	if b.Version != baselineVersion {
		return nil, fmt.Errorf("baseline %s has version %d, this connlint knows %d: -write-baseline writes it anew", shown, b.Version, baselineVersion)
	}
	for i, e := range b.Findings {
		if e.Fingerprint == "" {
			return nil, fmt.Errorf("baseline %s: finding %d has no fingerprint: -write-baseline writes it anew", shown, i+1)
		}
	}
	return b, nil
}

// jsonOffset returns where in a text of size bytes err was found.
func jsonOffset(dec *json.Decoder, err error, size int) int {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return min(int(syntax.Offset), size)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return size
	}
	return min(int(dec.InputOffset()), size)
}

func jsonMessage(err error) string {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return "it ends too soon"
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// writeBaseline writes all findings as the new baseline.
func (s *session) writeBaseline(out *outcome) error {
	if out.failed {
		return errors.New("part of the code could not be analyzed: no baseline is written")
	}
	name := s.opts.baseline
	switch file := s.opts.baselineOut.file; {
	case file != "":
		name = s.abs(file)
	case name == "":
		name = filepath.Join(s.root, baselineName)
	}
	b := baseline{Version: baselineVersion, Findings: []baselineEntry{}}
	for _, f := range out.findings {
		b.Findings = append(b.Findings, baselineEntry{f.Fingerprint, f.Rule, relative(s.root, f.File), f.Message})
	}
	slices.SortFunc(b.Findings, func(x, y baselineEntry) int {
		return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Rule, y.Rule), cmp.Compare(x.Fingerprint, y.Fingerprint))
	})
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(b); err != nil {
		return fmt.Errorf("baseline: %v", err)
	}
	if err := writeFile(name, buf.Bytes()); err != nil {
		return fmt.Errorf("baseline: %v", err)
	}
	shown := relative(s.dir, name)
	fmt.Fprintf(s.stderr, "connlint: wrote %s to %s\n", count(len(b.Findings), "finding", "findings"), shown)
	if name != s.opts.baseline {
		fmt.Fprintf(s.stderr, "connlint: -baseline=%s, or baseline in .connlint.yml, reports only what is new\n", shown)
	}
	return nil
}
