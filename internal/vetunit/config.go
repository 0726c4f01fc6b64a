package vetunit

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/analysis"
)

// A config is the description of a unit that the go command writes; see vetConfig
// in cmd/go/internal/work.
type config struct {
	ID            string
	ImportPath    string
	GoVersion     string
	GoFiles       []string
	NonGoFiles    []string
	IgnoredFiles  []string
	ModulePath    string // until Go 1.26
	ModuleVersion string
	Module        *analysis.Module  // from Go 1.27
	ImportMap     map[string]string // from paths in the source to paths of packages
	PackageFile   map[string]string // export data; nil if the go command did not compile
	PackageVetx   map[string]string // what this program wrote for the imports
	VetxOnly      bool              // only facts are wanted
	VetxOutput    string
	Stdout        string // where to write instead of the standard output

	SucceedOnTypecheckFailure bool
}

func readConfig(name string) (*config, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	c := new(config)
	if err := json.Unmarshal(data, c); err != nil {
		return nil, fmt.Errorf("%s: %v", name, err)
	}
	if len(c.GoFiles) == 0 {
		return nil, fmt.Errorf("%s: package %s has no files", name, c.ImportPath)
	}
	return c, nil
}

func (c *config) module() *analysis.Module {
	if c.Module == nil && c.ModulePath != "" {
		return &analysis.Module{Path: c.ModulePath, Version: c.ModuleVersion, GoVersion: c.GoVersion}
	}
	return c.Module
}

// foreignCgo reports whether the unit is what cgo made of a dependency. Package
// load does not look at these, either: they are the drivers themselves.
func (c *config) foreignCgo() bool {
	m := c.module()
	return m != nil && m.Version != "" && slices.ContainsFunc(c.GoFiles, func(name string) bool {
		return filepath.Base(name) == "_cgo_gotypes.go"
	})
}
