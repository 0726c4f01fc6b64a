// Emptyvet is a tool for go vet -vettool that does nothing: what is left is what go
// vet itself costs, the floor under every tool of this kind.
package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[len(os.Args)-1]); err != nil {
		fmt.Fprintln(os.Stderr, "emptyvet:", err)
		os.Exit(1)
	}
}

func run(arg string) error {
	switch arg {
	case "-V=full":
		exe, err := os.Executable()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(exe)
		if err != nil {
			return err
		}
		fmt.Printf("%s version devel comments-go-here buildID=%02x\n", exe, sha256.Sum256(data))
		return nil
	case "-flags":
		fmt.Println("[]")
		return nil
	}
	data, err := os.ReadFile(arg)
	if err != nil {
		return err
	}
	var cfg struct{ VetxOutput string }
	if err := json.Unmarshal(data, &cfg); err != nil {
		return err
	}
	return os.WriteFile(cfg.VetxOutput, nil, 0o666)
}
