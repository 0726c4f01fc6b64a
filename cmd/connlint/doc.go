// Connlint finds database connections that Go code does not give back, and pools
// that it does not use as it should.
//
//	connlint [flags] [packages]
//
// It analyzes the packages, ./... if none are named, and prints a line for each
// finding, or on a terminal a frame of source that shows the way from the acquire to
// the leak. It compiles nothing and needs no database.
//
// # Exit status
//
//	0  nothing was found
//	1  something was found whose severity is at least that of -fail-on (warning);
//	   with -diff: there is something to fix
//	2  the command line or the configuration is wrong, or part of the code could not
//	   be analyzed. What could be is reported all the same; standard error says what
//	   could not.
//
// # Subcommands
//
//	connlint help [rule]         the flags, or what a rule is about
//	connlint rules [-json|-markdown]
//	                             the rules
//	connlint explain rule        what a rule is about: wrong, right, limits, silencing
//	connlint budget [flags] [packages]
//	                             adds up the connections that programs can open and
//	                             holds the sum against what the server accepts
//	connlint test [flags] [packages]
//	                             go test, with a report of what each test left open
//	connlint completion bash|zsh|fish
//	connlint version             the version, from the build information
//
// # What is analyzed
//
//	-C dir            run in dir
//	-tests=false      do not report test files
//	-generated        report generated files, too
//	-tags list        build tags
//	-exclude list     patterns of files and directories not to report:
//	                  "gen", "*.pb.go", "internal/**/mock_*.go"
//	-cache level      how much of earlier runs is used: off, units, graph or full
//	                  (default). Every level gives the same result. The cache is in
//	                  $CONNLINT_CACHE or the user's cache directory.
//
// GOOS, GOARCH, GOFLAGS, GOWORK, vendor directories and workspaces work as with the
// go command, which is asked for the packages.
//
// # Which rules, and how bad they are
//
//	-RULE, -RULE=false       only this rule; all but this rule
//	-enable, -disable list   rules or rule/category to switch on or off
//	-severity rule=error     or warning, or note; also rule/category
//	-fail-on severity        the least that makes the exit status 1: error, warning,
//	                         note or never
//	-RULE.FLAG               a rule's own flags: see connlint help RULE
//	-catalog files           describe your own resource types and functions
//	-roots types             say what serves requests in your framework
//
// # Output
//
//	-format name             text, plain, json (-json), sarif, github, checkstyle,
//	                         gitlab or html
//	-output format=file      write a file in another format, too; repeatable
//	-base dir                what file names are relative to
//	-color when              auto, always or never; NO_COLOR, CLICOLOR and
//	                         CLICOLOR_FORCE are respected
//
// Plain output is file:line:col: message (rule). The JSON output is described by
// docs/report.schema.json; its schema number rises when it changes incompatibly.
//
// # Fixing
//
//	-fix     apply the suggested fixes and report what is left
//	-diff    print what -fix would change
//
// Fixed files are formatted; fixes that overlap are applied one after another.
// Generated files and files that use cgo are not changed.
//
// # Silencing
//
//	rows, err := db.Query(q) //nolint:rowsclose // the caller closes it
//
//	//connlint:ignore rowsclose the caller closes it
//	rows, err := db.Query(q)
//
//	//connlint:file-ignore connlint examples of what not to do
//
// A directive on a line of its own reaches over the statement or declaration below
// it. The name connlint stands for all rules. The reason of connlint:ignore must be
// given. Directives that are faulty or silence nothing are reported under the name
// directive. They work in the same way under go vet and golangci-lint.
//
// # Old code
//
//	-write-baseline[=file]   write all findings to a file (.connlint-baseline.json)
//	-baseline file           do not report what stands in it
//	-new-from-rev revision   report only what touches lines changed since then
//
// A baseline survives edits on other lines and moves within the file.
//
// # Configuration
//
// The file .connlint.yml is looked for from the working directory upwards to the
// root of the repository. Flags win over it.
//
//	rules:
//	  txhold: off
//	  poollimits: error
//	  rowsclose:
//	    severity: warning
//	    categories: {discarded: off}
//	    flags: {strict: true}
//	fail-on: error
//	tests: false
//	generated: false
//	exclude: [gen, "**/mock_*.go"]
//	tags: [integration]
//	baseline: .connlint-baseline.json
//	catalog: |
//	  acquire example.com/db.Open 0 conn
//	  release (*example.com/db.Conn).Close conn
//	catalog-files: [db.catalog]
//	roots: [example.com/app.Context]
//	poolbudget:
//	  max-connections: 100
//	  workloads:
//	    - {name: api, replicas: 3}
//
// docs/connlint.schema.json describes it for editors; unknown keys are errors.
//
// # As a vet tool
//
//	go vet -vettool=$(which connlint) ./...
//
// takes the rules' flags (-rowsclose, -rowsclose.strict) and reports the same, at
// go vet's pace and without configuration file, baseline and formats.
package main

//go:generate go run ../../internal/docgen/generate ../..
