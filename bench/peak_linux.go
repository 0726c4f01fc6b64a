package main

import (
	"os"
	"syscall"
)

// peak returns the memory that the largest process of the tree had, in bytes.
func peak(p *os.ProcessState) int64 {
	if u, ok := p.SysUsage().(*syscall.Rusage); ok {
		return u.Maxrss << 10
	}
	return 0
}
