// Package plugin is connlint as a module plugin of golangci-lint. See
// docs/golangci.md for how to build golangci-lint with it.
package plugin

import (
	"fmt"
	"os"

	"github.com/golangci/plugin-module-register/register"
	"golang.org/x/tools/go/analysis"
	"gopkg.in/yaml.v3"

	"github.com/connlint/connlint/internal/config"
	"github.com/connlint/connlint/internal/driver"
)

func init() { register.Plugin("connlint", New) }

type plugin struct {
	config *config.Config
	dir    string
}

// New returns the linter. Settings have the keys of .connlint.yml; without any, that
// file is read if there is one in the working directory or above.
func New(settings any) (register.LinterPlugin, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	c, err := read(settings, dir)
	if err != nil {
		return nil, fmt.Errorf("connlint: %v", err)
	}
	if c.Path != "" {
		dir = c.Dir()
	}
	return &plugin{c, dir}, nil
}

// settingsName stands in errors for the file: golangci-lint does not tell which.
const settingsName = "linters.settings.custom.connlint.settings"

func read(settings any, dir string) (*config.Config, error) {
	if settings != nil {
		text, err := yaml.Marshal(settings)
		if err != nil {
			return nil, err
		}
		return config.Parse(settingsName, text, driver.Suite())
	}
	path, err := config.Find(dir)
	if err != nil || path == "" {
		return new(config.Config), err
	}
	return config.Read(path, path, driver.Suite())
}

// BuildAnalyzers returns the rules that are on.
func (p *plugin) BuildAnalyzers() ([]*analysis.Analyzer, error) {
	return driver.Analyzers(p.config, p.dir)
}

// GetLoadMode asks for types.
func (p *plugin) GetLoadMode() string { return register.LoadModeTypesInfo }
