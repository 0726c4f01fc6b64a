// Package vetcfg reads the description of a unit that go vet hands to its tool, tells
// units that can reach a driver from others, and writes what go vet keeps. It needs
// little of the rest of the program, so that the others can be left at once; see
// package early.
package vetcfg

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// A Config is the description of a unit that the go command writes; see vetConfig
// in cmd/go/internal/work.
type Config struct {
	ID            string
	ImportPath    string
	GoVersion     string
	GoFiles       []string
	NonGoFiles    []string
	IgnoredFiles  []string
	ModulePath    string // until Go 1.26
	ModuleVersion string
	Module        *Module           // from Go 1.27
	ImportMap     map[string]string // from paths in the source to paths of packages
	PackageFile   map[string]string // export data; nil if the go command did not compile
	PackageVetx   map[string]string // what this program wrote for the imports
	VetxOnly      bool              // only facts are wanted
	VetxOutput    string
	Stdout        string // where to write instead of the standard output

	SucceedOnTypecheckFailure bool
}

// A Module is the module of a unit.
type Module struct{ Path, Version, GoVersion string }

// Read reads the named file.
func Read(name string) (*Config, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	c := new(Config)
	if err := json.Unmarshal(data, c); err != nil {
		return nil, fmt.Errorf("%s: %v", name, err)
	}
	if len(c.GoFiles) == 0 {
		return nil, fmt.Errorf("%s: package %s has no files", name, c.ImportPath)
	}
	if c.Module == nil && c.ModulePath != "" {
		c.Module = &Module{Path: c.ModulePath, Version: c.ModuleVersion, GoVersion: c.GoVersion}
	}
	return c, nil
}

// Relevant reports whether the unit has to be looked at: it imports a driver, or
// something that can reach one and is no driver itself.
func (c *Config) Relevant(reaches func(path string) bool) (bool, error) {
	if c.VetxOnly && reaches(c.ImportPath) {
		return false, nil
	}
	for _, path := range c.ImportMap {
		if reaches(path) {
			return true, nil
		}
		if name := c.PackageVetx[path]; name != "" {
			info, err := os.Stat(name)
			if err != nil {
				return false, err
			}
			if info.Size() > 0 {
				return true, nil
			}
		}
	}
	return false, nil
}

// ForeignCgo reports whether the unit is what cgo made of a dependency. Package
// load does not look at these, either: they are the drivers themselves.
func (c *Config) ForeignCgo() bool {
	return c.Module != nil && c.Module.Version != "" && slices.ContainsFunc(c.GoFiles, func(name string) bool {
		return strings.HasSuffix(name, "_cgo_gotypes.go")
	})
}

// Finish writes what the go command keeps: the facts, in a file that must exist even
// if there are none, or the go command remembers nothing; and what the tool has to
// say, as JSON if asJSON is set.
func (c *Config) Finish(stdout io.Writer, asJSON bool, vetx, text []byte) error {
	if c.VetxOutput != "" {
		if err := os.WriteFile(c.VetxOutput, vetx, 0o666); err != nil {
			return err
		}
	}
	if asJSON && len(text) == 0 && !c.VetxOnly {
		text = []byte("{}\n")
	}
	if len(text) == 0 {
		return nil // a file is one more for the go command to keep
	}
	if c.Stdout != "" {
		return os.WriteFile(c.Stdout, text, 0o666)
	}
	_, err := stdout.Write(text)
	return err
}
