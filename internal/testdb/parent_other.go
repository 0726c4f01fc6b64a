//go:build unix && !linux

package testdb

import "syscall"

// bindToParent cannot bind a server to its keeper here: when a keeper is killed
// by kill -9, PostgreSQL ends within a minute (it misses its postmaster.pid when
// the next keeper has removed it), the others stay.
func bindToParent(credential *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: credential, Setpgid: true}
}

// goCommand is false here: a keeper stops its server shortly after its last user.
func goCommand(pid int) bool { return false }
