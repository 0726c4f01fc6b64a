// Generate writes what of the documentation is made from the rules' Doc: docs/rules.md
// and the table in README.md. It is run by go generate, with the root of the module
// as argument.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/connlint/connlint/internal/docgen"
	"github.com/connlint/connlint/passes"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: generate DIR")
		os.Exit(2)
	}
	if err := generate(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func generate(root string) error {
	files, err := docgen.Files(root, passes.All)
	if err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(root, name), text, 0o666); err != nil {
			return err
		}
	}
	return nil
}
