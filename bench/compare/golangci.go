package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// golangciModule is the version of golangci-lint that is compared with.
const golangciModule = "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0"

// standard are the linters of golangci-lint that are on by default.
var standard = []string{"errcheck", "govet", "ineffassign", "staticcheck", "unused"}

// standardRules are the names under which their reports are kept.
func standardRules() (rules []string) {
	for _, linter := range standard {
		rules = append(rules, golangciRule(linter))
	}
	return rules
}

func golangciRule(linter string) string { return "golangci-lint " + linter }

// buildGolangci installs golangci-lint in dir and returns the program.
func buildGolangci(ctx context.Context, dir string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "install", golangciModule)
	cmd.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go install %s: %v\n%s", golangciModule, err, out)
	}
	return filepath.Join(dir, "golangci-lint"), nil
}

// runGolangci returns what the default set reports. It reads no configuration, as if
// the repository had none, and hides nothing.
func (t *toolset) runGolangci(ctx context.Context, dir string, env []string, pattern string) ([]report, error) {
	cmd := exec.CommandContext(ctx, t.golangci, "run", "--no-config", "--default=standard", "--issues-exit-code=0",
		"--output.text.path=", "--output.json.path=stdout", "--show-stats=false", "--path-mode=abs",
		"--max-issues-per-linter=0", "--max-same-issues=0", "--uniq-by-line=false", pattern)
	cmd.Dir = dir
	cmd.Env = env
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("golangci-lint %s in %s: %v\n%s", pattern, dir, err, bytes.TrimSpace(stderr.Bytes()))
	}
	var found struct {
		Issues []struct {
			FromLinter string
			Pos        struct {
				Filename string
				Line     int
			}
		}
	}
	if err := json.Unmarshal(stdout.Bytes(), &found); err != nil {
		return nil, fmt.Errorf("golangci-lint %s in %s: %v", pattern, dir, err)
	}
	var all []report
	for _, issue := range found.Issues {
		if issue.FromLinter == "typecheck" {
			return nil, fmt.Errorf("golangci-lint %s in %s: does not load", pattern, dir)
		}
		all = append(all, report{issue.Pos.Filename, issue.Pos.Line, golangciRule(issue.FromLinter)})
	}
	return all, nil
}
