package driver

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/connlint/connlint/internal/directive"
	"github.com/connlint/connlint/internal/docgen"
	"github.com/connlint/connlint/internal/report"
)

// write prints the report and writes the output files.
func (s *session) write(out *outcome) error {
	format := s.opts.format
	if format == "" {
		format = "plain"
		if isTerminal(s.stdout) {
			format = "text"
		}
	}
	for _, o := range s.opts.outputs {
		var buf bytes.Buffer
		if err := s.render(&buf, o.format, out); err != nil {
			return fmt.Errorf("-output %s=%s: %v", o.format, o.file, err)
		}
		if err := writeFile(s.abs(o.file), buf.Bytes()); err != nil {
			return fmt.Errorf("-output %s=%s: %v", o.format, o.file, err)
		}
	}
	if err := s.render(s.stdout, format, out); err != nil {
		return fmt.Errorf("writing the report: %v", err)
	}
	return nil
}

func (s *session) render(w io.Writer, format string, out *outcome) error {
	h, err := report.ForFormat(format)
	if err != nil {
		return err
	}
	if format == "text" {
		h = report.Text{Color: s.color(s.opts.color, w)}
	}
	return h.Handle(w, s.newReport(s.baseFor(format), out))
}

// baseFor returns the directory that file names are relative to: where people
// read them, here; where machines do, the checkout or the module.
func (s *session) baseFor(format string) string {
	if s.opts.base != "" {
		return s.abs(s.opts.base)
	}
	if format == "text" || format == "plain" {
		return s.dir
	}
	for _, name := range []string{"GITHUB_WORKSPACE", "CI_PROJECT_DIR"} {
		if dir := s.getenv(name); dir != "" && filepath.IsAbs(dir) && !filepath.IsAbs(relative(dir, s.root)) {
			return dir
		}
	}
	return s.root
}

// newReport copies the findings with names relative to base.
func (s *session) newReport(base string, out *outcome) *report.Report {
	r := &report.Report{Version: version(), Dir: base, Packages: out.packages, Rules: s.ruleDocs()}
	for _, f := range out.findings {
		f.Place.File = relative(base, f.File)
		related := f.Related
		f.Related = nil
		for _, p := range related {
			p.File = relative(base, p.File)
			f.Related = append(f.Related, p)
		}
		fixes := f.Fixes
		f.Fixes = nil
		for _, fix := range fixes {
			edits := fix.Edits
			fix.Edits = nil
			for _, e := range edits {
				e.File = relative(base, e.File)
				fix.Edits = append(fix.Edits, e)
			}
			f.Fixes = append(f.Fixes, fix)
		}
		r.Findings = append(r.Findings, f)
	}
	return r
}

// fingerprint sets the fingerprints, which must not depend on where connlint was
// started: names are relative to the module.
func (s *session) fingerprint(out *outcome) {
	r := s.newReport(s.root, out)
	r.SetFingerprints()
	for i := range out.findings {
		out.findings[i].Fingerprint = r.Findings[i].Fingerprint
	}
}

// ruleDocs describes the rules that ran, and the one about directives.
func (s *session) ruleDocs() []report.Rule {
	var out []report.Rule
	for _, a := range append(s.rules.analyzers(), directive.Analyzer) {
		out = append(out, report.Rule{
			Name:     a.Name,
			Summary:  docgen.Summary(a),
			Markdown: docgen.Markdown(a, 2),
			Severity: s.rules.severity(a.Name, ""),
			URL:      a.URL,
		})
	}
	return out
}

// writeFile writes a file such that it is there completely or not at all.
func writeFile(name string, text []byte) error {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(name, text, 0o666) // /dev/stderr, a pipe
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
