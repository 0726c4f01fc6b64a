package vetunit

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
)

// version prints the line from which the go command derives the identity of the
// tool: the hash of the program and of its configuration.
func (t *Tool) version(stdout io.Writer) error {
	name, err := os.Executable()
	if err != nil {
		return err
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	io.WriteString(h, t.Config)
	_, err = fmt.Fprintf(stdout, "%s version devel comments-go-here buildID=%02x\n", name, h.Sum(nil))
	return err
}
