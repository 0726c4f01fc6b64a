package driver

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"
	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/budget"
	"github.com/connlint/connlint/internal/config"
	"github.com/connlint/connlint/internal/load"
	"github.com/connlint/connlint/internal/programs"
)

// budget is connlint budget: it lends internal/budget the configuration and the
// analysis.
func (c *command) budget(ctx context.Context, args []string) error {
	cmd := &budget.Command{
		LoadConfig: func(name string) (*budget.Config, error) {
			s, err := c.newSession(configArgs(name))
			if err != nil {
				return nil, err
			}
			return s.config.Poolbudget, nil
		},
		Programs: func(ctx context.Context, patterns []string) ([]budget.Program, error) {
			s, err := c.newSession(append([]string{"-tests=false", "--"}, patterns...))
			if err != nil {
				return nil, err
			}
			return s.programs(ctx)
		},
	}
	return exited(cmd.Run(ctx, args, c.stdout, c.stderr))
}

func configArgs(name string) []string {
	if name == "" {
		return nil
	}
	return []string{"-config", name}
}

// programs returns the main packages among the packages with their pools. Half an
// answer would be a wrong sum: an error in any package is one here.
func (s *session) programs(ctx context.Context) ([]budget.Program, error) {
	lo, err := s.loadOptions()
	if err != nil {
		return nil, err
	}
	lo.Analyzers = []*analysis.Analyzer{programs.Printer}
	lo.ConfigKey = configKey(lo.Analyzers, lo.ConfigKey)
	res, err := load.Run(ctx, *lo)
	if err != nil {
		return nil, err
	}
	if len(res.Errors) > 0 {
		s.complain(res)
		return nil, fmt.Errorf("part of the code could not be analyzed")
	}
	if err := s.nothing(res); err != nil {
		return nil, err
	}
	var messages []string
	for _, d := range res.Diagnostics {
		messages = append(messages, d.Message)
	}
	return programs.Parse(messages, modulePath(s.root))
}

// modulePath returns the path of the module in the directory, or "" if there is
// none.
func modulePath(root string) string {
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return ""
	}
	return modfile.ModulePath(text)
}

// setFigures hands the section poolbudget to the rule of that name, unless its flag
// is among those that are set.
func setFigures(c *config.Config, set map[string]bool) error {
	const name = "figures"
	rule := findRule("poolbudget")
	if rule == nil || c.Poolbudget == nil || set["poolbudget."+name] {
		return nil
	}
	return rule.Flags.Set(name, c.Poolbudget.String())
}
