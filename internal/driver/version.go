package driver

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version returns the version of the module that the program was built from. It
// comes from the build information, so that go install gives the right one
// without further ado.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

func (c *command) version(args []string) error {
	if len(args) > 0 {
		return usagef("connlint version takes no arguments")
	}
	fmt.Fprintf(c.stdout, "connlint %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision", "vcs.time", "vcs.modified":
			fmt.Fprintf(c.stdout, "%s %s\n", s.Key, s.Value)
		}
	}
	for _, dep := range info.Deps {
		if dep.Path == "golang.org/x/tools" {
			fmt.Fprintf(c.stdout, "%s %s\n", dep.Path, dep.Version)
		}
	}
	return nil
}
