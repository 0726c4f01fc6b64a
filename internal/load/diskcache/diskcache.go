// Package diskcache keeps blobs under content keys in a directory that several
// processes may share.
package diskcache

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"sync"
	"time"
)

// A Key names an entry; it is a hash of everything the entry depends on.
type Key = [sha256.Size]byte

const (
	magic     = "connlint cache 1\n"
	headerLen = len(magic) + sha256.Size

	// maxBytes bounds the directory; a trim leaves trimmedBytes.
	maxBytes     = 1 << 30
	trimmedBytes = maxBytes / 4 * 3
	trimEvery    = 24 * time.Hour
	// An entry counts as used when it was read at most this long ago; reading
	// it more often does not write to the disk.
	usedEvery = time.Hour
	// A temporary file that is older was left behind by a process that died.
	tempAge = time.Hour
)

// A Cache is a directory of entries. A nil Cache is always empty. It is safe for
// concurrent use.
type Cache struct {
	dir  string
	warn func(string)

	mu     sync.Mutex
	broken bool // writing failed, and was warned of
	made   map[string]bool
}

// Open returns the cache in dir, which need not exist yet. warn is called once if
// the cache cannot be written; nothing else fails then.
func Open(dir string, warn func(string)) *Cache {
	return &Cache{dir: dir, warn: warn, made: map[string]bool{}}
}

func (c *Cache) file(kind string, key Key) string {
	name := hex.EncodeToString(key[:])
	return filepath.Join(c.dir, name[:2], name+"-"+kind)
}

// Get returns the entry. An entry that is damaged, or that was put under another
// kind or key, is not there.
func (c *Cache) Get(kind string, key Key) ([]byte, bool) {
	if c == nil {
		return nil, false
	}
	name := c.file(kind, key)
	f, err := os.Open(name)
	if err != nil {
		return nil, false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() < int64(headerLen) || info.Size() > maxBytes {
		return nil, false
	}
	data := make([]byte, info.Size())
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, false
	}
	body := data[headerLen:]
	sum := checksum(kind, key, body)
	if string(data[:len(magic)]) != magic || !bytes.Equal(data[len(magic):headerLen], sum[:]) {
		return nil, false
	}
	if now := time.Now(); now.Sub(info.ModTime()) > usedEvery {
		os.Chtimes(name, now, now) // only makes a trim choose better
	}
	return body, true
}

// checksum binds the content to its name.
func checksum(kind string, key Key, body []byte) Key {
	h := sha256.New()
	io.WriteString(h, kind)
	h.Write(key[:])
	h.Write(body)
	return Key(h.Sum(nil))
}

// Put stores the entry, replacing one of that name at once: a reader sees the old
// or the new one.
func (c *Cache) Put(kind string, key Key, body []byte) {
	if c == nil {
		return
	}
	c.mu.Lock()
	broken := c.broken
	c.mu.Unlock()
	if broken {
		return
	}
	if err := c.put(c.file(kind, key), checksum(kind, key, body), body); err != nil {
		c.fail(err)
	}
}

func (c *Cache) put(name string, sum Key, body []byte) error {
	if err := c.mkdir(filepath.Dir(name)); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), "tmp-*")
	if err != nil {
		return err
	}
	data := make([]byte, 0, headerLen+len(body))
	data = append(append(append(data, magic...), sum[:]...), body...)
	_, err = f.Write(data)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

func (c *Cache) mkdir(dir string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made[dir] {
		return nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	c.made[dir] = true
	return nil
}

func (c *Cache) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.broken && c.warn != nil {
		c.warn(fmt.Sprintf("the cache cannot be written, the next run will be as slow as this one: %v", err))
	}
	c.broken = true
}

// Trim removes the entries that were not used for longest when the directory has
// outgrown its bound. It looks at most once a day.
func (c *Cache) Trim(now time.Time) {
	if c == nil {
		return
	}
	stamp := filepath.Join(c.dir, "trimmed")
	if info, err := os.Stat(stamp); err == nil && now.Sub(info.ModTime()) < trimEvery && !info.ModTime().After(now) {
		return
	}
	if _, err := os.Stat(c.dir); err != nil {
		return
	}
	if err := os.WriteFile(stamp, nil, 0o666); err != nil {
		return
	}
	c.trim(now, maxBytes, trimmedBytes)
}

func (c *Cache) trim(now time.Time, limit, target int64) {
	type entry struct {
		name string
		size int64
		used time.Time
	}
	var entries []entry
	var total int64
	err := filepath.WalkDir(c.dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Dir(name) == c.dir {
			return nil
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
		if len(d.Name()) > 4 && d.Name()[:4] == "tmp-" {
			if now.Sub(info.ModTime()) > tempAge {
				os.Remove(name)
			}
			return nil
		}
		entries = append(entries, entry{name, info.Size(), info.ModTime()})
		total += info.Size()
		return nil
	})
	if err != nil || total <= limit {
		return
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].used.Before(entries[j].used) })
	for _, e := range entries {
		if total <= target {
			break
		}
		if os.Remove(e.name) == nil {
			total -= e.size
		}
	}
}
