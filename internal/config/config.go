// Package config reads .connlint.yml. Every error names the file, the line and the
// key; what it does not know it refuses.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/connlint/connlint/internal/budget"
	"github.com/connlint/connlint/internal/catalog"
	"github.com/connlint/connlint/internal/report"
)

// Names are the file names that Find looks for, the preferred one first.
var Names = []string{".connlint.yml", ".connlint.yaml"}

// A Config is the content of the file. The zero value is the default behaviour.
// docs/connlint.schema.json describes the same for editors.
type Config struct {
	// Rules switches rules and their categories and sets severities and flags.
	Rules map[string]Rule `yaml:"rules"`
	// FailOn is the least severity that makes the exit status 1: error, warning
	// (the default), note or never.
	FailOn FailOn `yaml:"fail-on"`
	// Tests and Generated say whether such files are reported; nil means the
	// default: tests are, generated files are not.
	Tests     *bool `yaml:"tests"`
	Generated *bool `yaml:"generated"`
	// Exclude are patterns of slash-separated file names, relative to the
	// directory of the file: * within a name, ** across directories. A pattern
	// that names a directory stands for all below it.
	Exclude []string `yaml:"exclude"`
	// Tags are build tags.
	Tags []string `yaml:"tags"`
	// Catalog are lines in the grammar of the catalog that describe the project's
	// own resource types and functions, CatalogFiles names files with such lines.
	Catalog      Lines    `yaml:"catalog"`
	CatalogFiles []string `yaml:"catalog-files"`
	// Roots says what serves a request: the name of a type, such as
	// example.com/app.Context, for functions with a parameter of it, or that of a
	// function with the number of a parameter, example.com/jobs.Handle arg=1, for
	// functions given to it there. See RootLine.
	Roots []string `yaml:"roots"`
	// Baseline names the file of findings that are not reported.
	Baseline string `yaml:"baseline"`
	// Poolbudget are the figures for the rule and the command of that name.
	Poolbudget *budget.Config `yaml:"poolbudget"`

	// Path is the file that was read, empty if there was none; Name is what it is
	// called in errors.
	Path string `yaml:"-"`
	Name string `yaml:"-"`
}

// A Suite is what the configuration may refer to: the flags of each rule by the
// rule's name.
type Suite map[string][]string

// Dir returns the directory that names in the configuration are relative to.
func (c *Config) Dir() string { return filepath.Dir(c.Path) }

// Find looks for a file in dir and upwards. It stops at the root of the
// repository, which has a .git. It returns "" if there is none.
func Find(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for {
		for _, name := range Names {
			path := filepath.Join(dir, name)
			info, err := os.Stat(path)
			if err == nil && info.Mode().IsRegular() {
				return path, nil
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
				return "", err
			}
		}
		_, err := os.Lstat(filepath.Join(dir, ".git"))
		parent := filepath.Dir(dir)
		if err == nil || parent == dir {
			return "", nil
		}
		dir = parent
	}
}

// Read reads the file. In errors it has the given name.
func Read(path, name string, suite Suite) (*Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c, err := Parse(name, text, suite)
	if err != nil {
		return nil, err
	}
	c.Path = path
	return c, nil
}

// Parse parses the text of a file.
func Parse(name string, text []byte, suite Suite) (*Config, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, syntaxError(name, err)
	}
	c := &Config{Name: name}
	if len(doc.Content) == 0 {
		return c, nil // empty, or only comments
	}
	d := decoder{file: name}
	if err := d.decode(doc.Content[0], c); err != nil {
		return nil, err
	}
	if err := c.check(&d, doc.Content[0], suite); err != nil {
		return nil, err
	}
	return c, nil
}

// check judges what the shape of the file cannot tell.
func (c *Config) check(d *decoder, root *yaml.Node, suite Suite) error {
	if err := c.checkRules(d, child(root, "rules"), suite); err != nil {
		return err
	}
	excluded := child(root, "exclude")
	for i, pattern := range c.Exclude {
		if _, err := compile(pattern); err != nil {
			return d.errorf(excluded.Content[i], fmt.Sprintf("exclude[%d]", i), "%v", err)
		}
	}
	for i, line := range c.Roots {
		if _, err := catalog.New([]catalog.Source{{Text: RootLine(line)}}); err != nil {
			_, rest, _ := strings.Cut(err.Error(), ": ")
			return d.errorf(child(root, "roots").Content[i], fmt.Sprintf("roots[%d]", i), "%s", rest)
		}
	}
	if c.Poolbudget != nil {
		if err := c.Poolbudget.Validate(); err != nil {
			return d.errorf(child(root, "poolbudget"), "poolbudget", "%s", strings.TrimPrefix(err.Error(), "poolbudget: "))
		}
	}
	if text := c.Catalog.Text; text != "" {
		// Blank lines in front make the lines of the text those of the file.
		padded := strings.Repeat("\n", c.Catalog.Line-1) + text
		if _, err := catalog.New([]catalog.Source{{Name: d.file, Text: padded}}); err != nil {
			place, rest, _ := strings.Cut(err.Error(), ": ")
			return fmt.Errorf("%s: catalog: %s", place, rest)
		}
	}
	return nil
}

// RootLine turns an entry of Roots into a line of the catalog. What is served may
// stand behind the name, and is a request if it does not.
func RootLine(root string) string {
	words := strings.Fields(root)
	if len(words) > 0 && (len(words) == 1 || strings.Contains(words[1], "=")) {
		words = slices.Insert(words, 1, "request")
	}
	return "root " + strings.Join(words, " ")
}

// Lines is a block of text that knows where it stands.
type Lines struct {
	Text string
	Line int // of the file, on which the first line of Text stands
}

// UnmarshalYAML reads a block (|) or a single line.
func (l *Lines) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return errors.New("want text: one line of the catalog a line, after a |")
	}
	l.Text, l.Line = n.Value, n.Line
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		l.Line++ // the node stands where its | does
	}
	return nil
}

// FailOn is a severity or never.
type FailOn string

// Never fails on no finding.
const Never FailOn = "never"

// ParseFailOn parses s.
func ParseFailOn(s string) (FailOn, error) {
	if s == string(Never) {
		return Never, nil
	}
	if _, err := ParseSeverity(s); err != nil {
		return "", fmt.Errorf("want error, warning, note or never, not %q", s)
	}
	return FailOn(s), nil
}

// UnmarshalYAML reads a scalar.
func (f *FailOn) UnmarshalYAML(n *yaml.Node) error {
	v, err := ParseFailOn(n.Value)
	*f = v
	return err
}

// Fails reports whether a finding of severity s makes the run fail.
func (f FailOn) Fails(s report.Severity) bool {
	switch f {
	case Never:
		return false
	case "":
		return s.AtLeast(report.Warning)
	}
	return s.AtLeast(report.Severity(f))
}

// ParseSeverity parses s.
func ParseSeverity(s string) (report.Severity, error) {
	for _, known := range report.Severities {
		if s == string(known) {
			return known, nil
		}
	}
	return "", fmt.Errorf("want error, warning or note, not %q", s)
}
