package driver

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/connlint/connlint/internal/config"
	"github.com/connlint/connlint/internal/load"
	"github.com/connlint/connlint/internal/report"
)

// analyze is the main command.
func (c *command) analyze(ctx context.Context, args []string) error {
	s, err := c.newSession(args)
	if errors.Is(err, flag.ErrHelp) {
		return c.printUsage(c.stdout)
	}
	if err != nil {
		return err
	}
	out, err := s.findings(ctx)
	if err != nil {
		return err
	}
	if out.nothing != nil {
		return out.nothing
	}
	switch {
	case s.opts.baselineOut.on:
		return s.writeBaseline(out)
	case s.opts.diff:
		return s.printDiff(out)
	case s.opts.fix:
		if out, err = s.applyFixes(ctx, out); err != nil {
			return err
		}
	}
	if err := s.write(out); err != nil {
		return err
	}
	return s.verdict(out)
}

// A session is a run of the main command after flags and configuration are read.
type session struct {
	*command
	opts   *options
	config *config.Config
	dir    string // absolute: the working directory, or that of -C
	root   string // absolute: of the module or workspace
	rules  *ruleSet
	quiet  bool // do not say what could not be analyzed
}

func (c *command) newSession(args []string) (*session, error) {
	opts, err := parseOptions(args)
	if err != nil {
		return nil, err
	}
	s := &session{command: c, opts: opts}
	if s.dir, err = workingDir(opts.dir); err != nil {
		return nil, err
	}
	s.root = moduleRoot(s.dir)
	if s.config, err = s.readConfig(); err != nil {
		return nil, err
	}
	if err := s.applyConfig(); err != nil {
		return nil, err
	}
	s.rules = newRuleSet(s.config, opts)
	return s, nil
}

// workingDir returns the absolute name of dir, "" being the current directory,
// without symbolic links: the go command names files so.
func workingDir(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(abs)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a directory", dir)
	}
	if err != nil {
		return "", usagef("-C: %v", err)
	}
	return abs, nil
}

// moduleRoot returns the nearest directory at dir or above with a go.work or a
// go.mod, the outermost of a workspace; dir itself if there is none.
func moduleRoot(dir string) string {
	root := ""
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(filepath.Join(d, "go.work")); err == nil && os.Getenv("GOWORK") != "off" {
			return d
		}
		if _, err := os.Stat(filepath.Join(d, "go.mod")); err == nil && root == "" {
			root = d
		}
		if d == filepath.Dir(d) {
			break
		}
	}
	if root == "" {
		return dir
	}
	return root
}

// hasModule reports whether moduleRoot has found a module or a workspace.
func hasModule(root string) bool {
	for _, name := range []string{"go.mod", "go.work"} {
		if _, err := os.Stat(filepath.Join(root, name)); err == nil {
			return true
		}
	}
	return false
}

// An outcome is what one analysis gave.
type outcome struct {
	findings []report.Finding // sorted, with absolute file names
	files    []string         // that were analyzed
	packages int
	failed   bool     // part of the code could not be analyzed; stderr says why
	broken   []string // files with errors
	nothing  error    // why no package at all was analyzed; nil if one was
}

// findings analyzes and filters.
func (s *session) findings(ctx context.Context) (*outcome, error) {
	res, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	out := &outcome{files: res.Files, packages: res.Packages, failed: len(res.Errors) > 0 || len(res.Notes) > 0}
	for _, e := range res.Errors {
		out.broken = append(out.broken, e.Pos.File)
	}
	if !s.quiet {
		s.complain(res)
	}
	out.nothing = s.nothing(res)
	found, err := s.filter(res, !out.failed)
	if err != nil {
		return nil, err
	}
	out.findings = report.Sort(found)
	s.fingerprint(out)
	if err := s.dropKnown(ctx, out); err != nil {
		return nil, err
	}
	return out, nil
}

// nothing says why no package at all was analyzed, or returns nil.
func (s *session) nothing(res *load.Result) error {
	switch {
	case res.Packages > res.Lost:
		return nil
	case len(res.Errors) == 0:
		return fmt.Errorf("no package matches %s", strings.Join(s.opts.patterns, " "))
	case !hasModule(s.root):
		return fmt.Errorf("there is no go.mod in %s or above: run connlint in a module, or with -C", s.dir)
	}
	return errors.New("nothing could be analyzed")
}

func (s *session) load(ctx context.Context) (*load.Result, error) {
	lo, err := s.loadOptions()
	if err != nil {
		return nil, err
	}
	p := s.newProgress()
	lo.Progress = p.show
	if s.opts.verbose {
		lo.Warn = func(text string) { fmt.Fprintln(s.stderr, "connlint: "+text) }
	}
	res, err := load.Run(ctx, *lo)
	p.done()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("interrupted: %v", context.Cause(ctx))
	}
	return res, err
}

// maxErrors is how many errors in the code are printed without -v: as many as tell
// what is wrong.
const maxErrors = 20

// complain writes what could not be analyzed.
func (s *session) complain(res *load.Result) {
	for _, note := range res.Notes {
		fmt.Fprintln(s.stderr, "connlint: internal: "+note)
	}
	for i, e := range res.Errors {
		if i == maxErrors && !s.opts.verbose {
			fmt.Fprintf(s.stderr, "connlint: and %s (-v prints them)\n", count(len(res.Errors)-i, "more error", "more errors"))
			break
		}
		if e.Pos.File != "" {
			e.Pos.File = relative(s.dir, e.Pos.File)
		}
		fmt.Fprintln(s.stderr, "connlint: "+e.Error())
	}
	if s.opts.verbose {
		fmt.Fprintf(s.stderr, "connlint: %s, %s that can reach a database, %d analyzed anew\n",
			count(res.Packages, "package", "packages"), count(res.Units, "unit", "units"), res.Analyzed)
	}
}

// verdict turns the outcome into the run's error.
func (s *session) verdict(out *outcome) error {
	if out.failed {
		return fmt.Errorf("part of the code could not be analyzed: the report is not complete")
	}
	for _, f := range out.findings {
		if s.opts.failOn.Fails(f.Severity) {
			return errFindings
		}
	}
	return nil
}

// relative returns the name of the file relative to base, with slashes; files
// outside base keep their names.
func relative(base, file string) string {
	rel, err := filepath.Rel(base, file)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return file
	}
	return filepath.ToSlash(rel)
}
