//go:build darwin || freebsd || netbsd

package load

import (
	"io/fs"
	"syscall"
)

// inode returns the number of the file and the time of its last change of any
// kind, in nanoseconds: no tool can set that one back.
func inode(info fs.FileInfo) (ino uint64, ctime int64) {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(s.Ino), s.Ctimespec.Nano()
	}
	return 0, 0
}
