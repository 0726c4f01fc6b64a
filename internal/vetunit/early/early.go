// Package early ends the program before most of it is initialized, if go vet started
// it for a unit that cannot reach a driver: five of six in a usual project, and what
// the runtime has to set up for all the packages of connlint would be three quarters
// of the cost of such a unit. It is imported for that effect.
//
// Packages are initialized in the order of their import paths, each as soon as its
// own imports are. This one imports little. In another order it would save less, and
// change nothing else: the units it leaves are those that vetunit leaves, too.
package early

import (
	"os"
	"strings"

	"github.com/connlint/connlint/internal/catalog/data"
	"github.com/connlint/connlint/internal/vetunit/vetcfg"
)

func init() {
	if leave(os.Args[1:]) {
		os.Exit(0)
	}
}

// leave reports whether args ask for a unit that needs no look, and whether it has
// done what is due for that. Everything else, errors included, is left to vetunit.
func leave(args []string) bool {
	asJSON := len(args) == 2 && args[0] == "-json"
	if asJSON {
		args = args[1:]
	}
	if len(args) != 1 || !strings.HasSuffix(args[0], ".cfg") {
		return false
	}
	c, err := vetcfg.Read(args[0])
	if err != nil || c.PackageFile == nil {
		return false
	}
	if relevant, err := c.Relevant(data.Reaches); err != nil || relevant {
		return false
	}
	return c.Finish(os.Stdout, asJSON, nil, nil) == nil
}
