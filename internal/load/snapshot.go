package load

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/connlint/connlint/internal/load/diskcache"
)

// A stamp is what the file system says of a file without reading it. The zero
// stamp is of a file that is not there.
type stamp struct {
	size, mtime, ctime int64
	ino                uint64
}

func stampOf(name string) stamp {
	info, err := os.Stat(name)
	if err != nil {
		return stamp{}
	}
	s := stamp{size: info.Size(), mtime: info.ModTime().UnixNano()}
	s.ino, s.ctime = inode(info)
	if info.IsDir() {
		s.size = 0
	}
	return s
}

// changed returns the time of the last change, in nanoseconds. A tool may have set
// mtime to anything.
func (s stamp) changed() int64 {
	if s.ctime != 0 {
		return s.ctime
	}
	return s.mtime
}

// A file that changed so shortly before it was looked at may change again without
// a change of its stamp: file systems count in steps of up to two seconds.
const racyTime = int64(2 * time.Second)

// clockStep is how far the clock that stamps files may be behind the one that
// programs see.
const clockStep = int64(20 * time.Millisecond)

// The sorts of things whose change can change a result.
const (
	goFile    = 's' // a Go file: what matters most often is its content
	otherFile = 'o' // go.mod and the like: any change is a change of the graph
	directory = 'd' // which packages and files there are
	program   = 'p' // too large to be read: a change of its stamp is a change of the graph
)

// A record is what a run saw of a file or directory.
type record struct {
	name   string
	sort   byte
	racy   bool // its stamp proves nothing
	stamp  stamp
	hash   diskcache.Key // of the content; of a directory, the names in it
	header diskcache.Key // of a Go file, the part that the go command reads
}

// A snapshot is what a run saw of everything that can change its result.
type snapshot []record

// A difference says what changed since a snapshot.
type difference struct {
	structure bool                     // something that the import graph depends on
	sources   map[string]diskcache.Key // new hashes of Go files that changed only in what the graph does not depend on
	stamps    bool                     // only times changed; the snapshot has the new ones
}

// compare compares the snapshot with the disk and refreshes its stamps.
func (s snapshot) compare(now time.Time) difference {
	d := difference{sources: map[string]diskcache.Key{}}
	for i := range s {
		r := &s[i]
		st := stampOf(r.name)
		if st == r.stamp && !r.racy {
			continue
		}
		hash, header := r.read()
		switch {
		case hash == r.hash && (r.sort != program || st == r.stamp):
		case r.sort == goFile && header == r.header && header != (diskcache.Key{}):
			d.sources[r.name] = hash
			continue
		default:
			d.structure = true
			return d
		}
		racy := st.changed() >= now.UnixNano()-racyTime
		if st != r.stamp || racy != r.racy {
			d.stamps = true
			r.stamp, r.racy = st, racy
		}
	}
	return d
}

// read returns the hashes of what is on the disk now; zero if there is nothing.
func (r *record) read() (hash, header diskcache.Key) {
	switch r.sort {
	case directory:
		return hashNames(r.name), diskcache.Key{}
	case program:
		return diskcache.Key{}, diskcache.Key{}
	}
	data, err := os.ReadFile(r.name)
	if err != nil {
		return diskcache.Key{}, diskcache.Key{}
	}
	if r.sort == goFile {
		header = headerHash(data)
	}
	return sum(data), header
}

// hashNames hashes the names in a directory to which the go command pays attention.
func hashNames(dir string) diskcache.Key {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return diskcache.Key{}
	}
	k := newKey("names")
	for _, e := range entries {
		name := e.Name()
		switch {
		case ignoredName(name):
		case e.IsDir():
			k.add(name + "/")
		case name == "go.mod" || sourceName(name):
			k.add(name)
		}
	}
	return k.sum()
}

// ignoredName reports whether the go command ignores files and directories of that
// name.
func ignoredName(name string) bool { return name[0] == '.' || name[0] == '_' }

var sourceExtensions = []string{
	".go", ".c", ".cc", ".cpp", ".cxx", ".m", ".h", ".hh", ".hpp", ".hxx",
	".f", ".F", ".for", ".f90", ".s", ".S", ".sx", ".swig", ".swigcxx", ".syso",
}

func sourceName(name string) bool { return slices.Contains(sourceExtensions, filepath.Ext(name)) }

// errUnsettled says that a file changed while it was being analyzed.
var errUnsettled = errors.New("files are being changed")

// A recorder takes a snapshot; of files whose stamps are those in old it takes the
// hashes from there. known has the hashes under which the analysis knows
// files; began is when it began.
type recorder struct {
	known map[string]string
	old   map[string]record // of an earlier snapshot
	began time.Time
	seen  map[string]bool
	out   snapshot
	err   error
}

func (c *recorder) add(sort byte, name string) {
	if c.err != nil || c.seen[name] {
		return
	}
	c.seen[name] = true
	r := record{name: name, sort: sort, stamp: stampOf(name)}
	if old, ok := c.old[name]; ok && old.stamp == r.stamp && !old.racy && old.sort == sort {
		r.hash, r.header = old.hash, old.header
	} else {
		r.hash, r.header = r.read()
	}
	r.racy = r.stamp.changed() >= c.began.UnixNano()-racyTime
	if known, ok := c.known[name]; ok {
		if known != hashText(r.hash) {
			c.err = errUnsettled
		}
	} else if r.stamp.changed() >= c.began.UnixNano()-clockStep {
		c.err = errUnsettled // the go command may have seen something else
	}
	c.out = append(c.out, r)
}

// addTree adds a module: its directories, without those of other modules, and the
// Go files in them.
func (c *recorder) addTree(root string) {
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !d.IsDir() {
			return nil
		}
		if name != root {
			if ignoredName(d.Name()) || d.Name() == "testdata" {
				return fs.SkipDir
			}
			if mod := filepath.Join(name, "go.mod"); stampOf(mod) != (stamp{}) {
				c.add(otherFile, mod) // without it these directories belong to the module
				return fs.SkipDir
			}
			if d.Name() == "vendor" && filepath.Dir(name) == root {
				return fs.SkipDir
			}
		}
		c.addDir(name, false)
		return c.err
	})
	if c.err == nil {
		c.err = err
	}
}

// addDir adds a directory and the Go files in it; with all, every source file.
func (c *recorder) addDir(dir string, all bool) {
	c.add(directory, dir)
	entries, err := os.ReadDir(dir)
	if err != nil && c.err == nil {
		c.err = err
	}
	for _, e := range entries {
		name := e.Name()
		if ignoredName(name) || e.IsDir() {
			continue
		}
		switch {
		case strings.HasSuffix(name, ".go"):
			c.add(goFile, filepath.Join(dir, name))
		case all && sourceName(name):
			c.add(otherFile, filepath.Join(dir, name))
		}
	}
}

func (s snapshot) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	for _, r := range s {
		b = binary.AppendUvarint(b, uint64(len(r.name)))
		b = append(b, r.name...)
		racy := byte(0)
		if r.racy {
			racy = 1
		}
		b = append(b, r.sort, racy)
		for _, v := range []uint64{uint64(r.stamp.size), uint64(r.stamp.mtime), uint64(r.stamp.ctime), r.stamp.ino} {
			b = binary.LittleEndian.AppendUint64(b, v)
		}
		b = append(b, r.hash[:]...)
		b = append(b, r.header[:]...)
	}
	return b
}

const recordTail = 2 + 4*8 + 2*len(diskcache.Key{})

// parseSnapshot decodes what append wrote.
func parseSnapshot(b []byte) (snapshot, error) {
	n, w := binary.Uvarint(b)
	if w <= 0 || n > uint64(len(b)) {
		return nil, errState
	}
	b = b[w:]
	s := make(snapshot, 0, n)
	for range n {
		l, w := binary.Uvarint(b)
		if w <= 0 || uint64(len(b)-w) < l+uint64(recordTail) || l > uint64(len(b)) {
			return nil, errState
		}
		b = b[w:]
		r := record{name: string(b[:l])}
		b = b[l:]
		r.sort, r.racy = b[0], b[1] == 1
		word := func(i int) uint64 { return binary.LittleEndian.Uint64(b[2+8*i:]) }
		r.stamp = stamp{int64(word(0)), int64(word(1)), int64(word(2)), word(3)}
		copy(r.hash[:], b[2+4*8:])
		copy(r.header[:], b[2+4*8+len(r.hash):])
		b = b[recordTail:]
		s = append(s, r)
	}
	if len(b) > 0 {
		return nil, errState
	}
	return s, nil
}
