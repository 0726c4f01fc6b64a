package driver

import (
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/connlint/connlint/passes"
)

// completion prints a script for a shell. The scripts hold all words, so that
// completing starts no process.
func (c *command) completion(args []string) error {
	if len(args) != 1 {
		return usagef("connlint completion takes a shell: bash, zsh or fish")
	}
	var text string
	switch args[0] {
	case "bash":
		text = bashCompletion()
	case "zsh":
		text = "#compdef connlint\nautoload -U +X bashcompinit && bashcompinit\n" + bashCompletion()
	case "fish":
		text = fishCompletion()
	default:
		return usagef("no completion for the shell %q: bash, zsh or fish", args[0])
	}
	_, err := io.WriteString(c.stdout, text)
	return err
}

// words returns the subcommands, the flags and the rules.
func words() (commands, flags, rules []string) {
	newFlags(new(options)).VisitAll(func(f *flag.Flag) { flags = append(flags, "-"+f.Name) })
	for _, a := range passes.All {
		rules = append(rules, a.Name)
	}
	return subcommands, flags, rules
}

func bashCompletion() string {
	commands, flags, rules := words()
	return fmt.Sprintf(`_connlint() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} list
	case $before in
	help|explain|-enable|-disable) list=%q ;;
	completion) list="bash zsh fish" ;;
	*)
		case $word in
		-*) list=%q ;;
		*)
			list="./..."
			[ "$COMP_CWORD" -eq 1 ] && list+=" "%q
			COMPREPLY=($(compgen -d -- "$word"))
			;;
		esac
		;;
	esac
	COMPREPLY+=($(compgen -W "$list" -- "${word/#--/-}"))
}
complete -o nospace -F _connlint connlint
`, strings.Join(rules, " "), strings.Join(flags, " "), strings.Join(commands, " "))
}

func fishCompletion() string {
	commands, _, rules := words()
	var b strings.Builder
	fmt.Fprintf(&b, "complete -c connlint -n __fish_use_subcommand -a %q\n", strings.Join(commands, " "))
	fmt.Fprintf(&b, "complete -c connlint -f -n '__fish_seen_subcommand_from help explain' -a %q\n", strings.Join(rules, " "))
	fmt.Fprintln(&b, "complete -c connlint -f -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'")
	newFlags(new(options)).VisitAll(func(f *flag.Flag) {
		_, usage := flag.UnquoteUsage(f)
		usage = strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(usage)
		fmt.Fprintf(&b, "complete -c connlint -o %s -d '%s'\n", f.Name, usage)
	})
	return b.String()
}
