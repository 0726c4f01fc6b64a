package diskcache

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func key(b byte) (k Key) { k[0], k[1] = b, b; return k }

func TestPutGet(t *testing.T) {
	c := Open(filepath.Join(t.TempDir(), "new"), func(s string) { t.Error(s) })
	if _, ok := c.Get("unit", key(1)); ok {
		t.Error("an empty cache has an entry")
	}
	for _, body := range []string{"", "first", "second, longer"} {
		c.Put("unit", key(1), []byte(body))
		if got, ok := c.Get("unit", key(1)); !ok || string(got) != body {
			t.Errorf("got %q, %t, want %q", got, ok, body)
		}
	}
	if _, ok := c.Get("types", key(1)); ok {
		t.Error("an entry of another kind")
	}
	if _, ok := c.Get("unit", key(2)); ok {
		t.Error("an entry of another key")
	}
	var none *Cache
	none.Put("unit", key(1), nil)
	none.Trim(time.Now())
	if _, ok := none.Get("unit", key(1)); ok {
		t.Error("no cache has an entry")
	}
}

// An entry that was moved to another name, by hand or by a broken file system.
func TestMovedEntryIsNotThere(t *testing.T) {
	c := Open(t.TempDir(), nil)
	c.Put("unit", key(1), []byte("body"))
	c.Put("unit", key(2), []byte("other"))
	if err := os.Rename(c.file("unit", key(1)), c.file("unit", key(2))); err != nil {
		t.Fatal(err)
	}
	if got, ok := c.Get("unit", key(2)); ok {
		t.Errorf("got %q", got)
	}
}

func TestWarnOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(dir, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	n := 0
	c := Open(dir, func(string) { n++ })
	c.Put("unit", key(1), nil)
	c.Put("unit", key(2), nil)
	if n != 1 {
		t.Errorf("%d warnings", n)
	}
}

func TestTrimRemovesWhatWasNotUsed(t *testing.T) {
	c := Open(t.TempDir(), nil)
	now := time.Now()
	body := bytes.Repeat([]byte("x"), 1000)
	for i := range 10 {
		c.Put("unit", key(byte(i)), body)
		used := now.Add(-time.Duration(10-i) * 24 * time.Hour)
		if err := os.Chtimes(c.file("unit", key(byte(i))), used, used); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := c.Get("unit", key(0)); !ok { // used again
		t.Fatal("entry is gone")
	}
	left := filepath.Join(filepath.Dir(c.file("unit", key(5))), "tmp-left")
	if err := os.WriteFile(left, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	old := now.Add(-2 * tempAge)
	if err := os.Chtimes(left, old, old); err != nil {
		t.Fatal(err)
	}
	size := int64(headerLen + len(body))
	c.trim(now, 10*size, 5*size)
	if _, err := os.Stat(left); err == nil {
		t.Error("a temporary file of a dead process is left")
	}
	if _, ok := c.Get("unit", key(1)); !ok {
		t.Error("trimmed although not too large")
	}
	c.trim(now, 9*size, 5*size)
	for i := range 10 {
		_, ok := c.Get("unit", key(byte(i)))
		if want := i <= 1 || i >= 7; ok != want {
			t.Errorf("entry %d: %t, want %t", i, ok, want)
		}
	}
}

func TestTrimOnceADay(t *testing.T) {
	dir := t.TempDir()
	c := Open(dir, nil)
	c.Put("unit", key(1), nil)
	now := time.Now()
	c.Trim(now)
	stamp := filepath.Join(dir, "trimmed")
	first, err := os.Stat(stamp)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * time.Millisecond)
	c.Trim(now.Add(time.Hour))
	if again, err := os.Stat(stamp); err != nil || again.ModTime() != first.ModTime() {
		t.Errorf("looked again after an hour: %v", err)
	}
	c.Trim(now.Add(25 * time.Hour))
	if again, err := os.Stat(stamp); err != nil || again.ModTime() == first.ModTime() {
		t.Errorf("did not look again after a day: %v", err)
	}
}
