package testdb

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// bindToParent has the kernel end the server when its keeper dies, even by
// kill -9. SIGQUIT is PostgreSQL's immediate shutdown; it ends the others too.
func bindToParent(credential *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: credential, Setpgid: true, Pdeathsig: syscall.SIGQUIT}
}

// goCommand reports whether a process is a running go command. While the one
// that started a test binary runs, it may start another that needs the server.
func goCommand(pid int) bool {
	exe, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/exe")
	return err == nil && filepath.Base(exe) == "go"
}
