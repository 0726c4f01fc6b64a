package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// A forest holds the trees before and after the fixes.
type forest struct {
	dir     string
	mirror  string
	defects []*defect
}

var (
	unused = regexp.MustCompile(`(^|/)(node_modules|\.git|\.github)(/|$)`)
	vendor = regexp.MustCompile(`(^|/)vendor/`)
	// binary files stay as names, for go:embed.
	binary = regexp.MustCompile(`(?i)\.(png|jpe?g|gif|svg|ico|webp|avif|mp[34]|webm|mov|ogg|pdf|woff2?|ttf|eot|otf|zip|gz|tgz|bz2|xz|zst|jar|psd|ai|map|pcap|bin|exe|dll|so|a|wasm|csv|parquet|pb|dump|ipynb|md|rst|adoc|lock)$`)
	source = regexp.MustCompile(`\.(go|c|h)$`)
	local  = regexp.MustCompile(`^replace (\S+).* => (\./\S+)$`)
)

// A tree is a repository at a commit, ready to load.
type tree struct {
	repo string // the repository's directory
	env  []string
}

// tree lays out the repository at a commit, unless that was done before.
func (f *forest) tree(ctx context.Context, d *defect, commit string) (*tree, error) {
	root := filepath.Join(f.dir, "trees", strings.ReplaceAll(d.Repo, "/", "+")+"@"+commit[:min(12, len(commit))])
	t := &tree{repo: root, env: append(os.Environ(), "GOWORK=off", "GO111MODULE=on", "GOFLAGS=-mod=mod -buildvcs=false")}
	if d.Mode == "gopath" {
		root += "-gopath"
		path := d.ImportRoot
		if path == "" {
			path = "github.com/" + d.Repo
		}
		t.repo = filepath.Join(root, "src", filepath.FromSlash(path))
		extra, err := f.extraPath(ctx)
		if err != nil {
			return nil, err
		}
		cache, err := exec.CommandContext(ctx, "go", "env", "GOMODCACHE").Output()
		if err != nil {
			return nil, fmt.Errorf("go env: %v", err)
		}
		t.env = append(os.Environ(), "GOWORK=off", "GO111MODULE=off", "GOFLAGS=-buildvcs=false",
			"GOPATH="+root+string(filepath.ListSeparator)+extra, "GOMODCACHE="+strings.TrimSpace(string(cache)))
	}
	done := filepath.Join(root, ".laid-out")
	if _, err := os.Stat(done); err == nil {
		return t, nil
	}
	if err := os.RemoveAll(root); err != nil {
		return nil, err
	}
	if err := f.checkOut(ctx, d, commit, t.repo); err != nil {
		return nil, fmt.Errorf("%s at %s: %v", d.Repo, commit, err)
	}
	if d.Mode != "gopath" {
		if err := d.repair(t.repo); err != nil {
			return nil, err
		}
	}
	return t, os.WriteFile(done, nil, 0o666)
}

// repair applies what the case says the tree needs to load.
func (d *defect) repair(repo string) error {
	for name, text := range d.ExtraFiles {
		if err := writeFile(filepath.Join(repo, filepath.FromSlash(name)), []byte(text)); err != nil {
			return err
		}
	}
	mod := filepath.Join(repo, d.Module, "go.mod")
	text := []byte(d.GoMod)
	if d.GoMod == "" {
		var err error
		if text, err = os.ReadFile(mod); err != nil {
			return err
		}
	}
	for _, line := range d.GoModAppend {
		text = fmt.Appendf(text, "\n%s\n", line)
		m := local.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		// a stand-in for a module that no proxy has any more
		if err := writeFile(filepath.Join(repo, d.Module, m[2], "go.mod"), []byte("module "+m[1]+"\n")); err != nil {
			return err
		}
	}
	return writeFile(mod, text)
}

// checkOut writes what is needed to load the packages: no tests but those with a
// defect, no vendor directory, no large data.
func (f *forest) checkOut(ctx context.Context, d *defect, commit, dir string) error {
	git, err := f.gitDir(d.Repo)
	if err != nil {
		return err
	}
	list, err := exec.CommandContext(ctx, "git", "--git-dir", git, "ls-tree", "-r", "-z", commit).Output()
	if err != nil {
		return fmt.Errorf("git ls-tree: %v", err)
	}
	cat := exec.CommandContext(ctx, "git", "--git-dir", git, "cat-file", "--batch")
	in, err := cat.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cat.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cat.Start(); err != nil {
		return err
	}
	r := bufio.NewReader(out)
	for entry := range strings.SplitSeq(string(list), "\x00") {
		meta, name, _ := strings.Cut(entry, "\t")
		fields := strings.Fields(meta)
		if len(fields) != 3 || fields[1] != "blob" || !f.wants(d, name) {
			continue
		}
		for _, h := range d.HoistVendor {
			if rest, ok := strings.CutPrefix(name, h+"/"); ok {
				name = "vendor/" + rest
			}
		}
		if err := copyBlob(in, r, fields[0], fields[2], dir, name); err != nil {
			return fmt.Errorf("%s: %v", name, err)
		}
	}
	in.Close()
	return cat.Wait()
}

func (f *forest) wants(d *defect, name string) bool {
	if !filepath.IsLocal(name) || unused.MatchString(name) || d.Mode != "gopath" && vendor.MatchString(name) {
		return false
	}
	if !strings.HasSuffix(name, "_test.go") {
		return true
	}
	for _, o := range f.defects {
		if o.Repo == d.Repo && o.File == name {
			return true
		}
	}
	return false
}

// copyBlob writes the blob, which a running git cat-file --batch prints.
func copyBlob(in io.Writer, r *bufio.Reader, mode, id, dir, name string) error {
	var data []byte
	if !binary.MatchString(name) {
		if _, err := fmt.Fprintln(in, id); err != nil {
			return err
		}
		head, err := r.ReadString('\n')
		if err != nil {
			return err
		}
		var got, typ string
		var size int
		// a partial clone lacks its largest blobs: those stay empty
		if n, _ := fmt.Sscan(head, &got, &typ, &size); n == 3 {
			data = make([]byte, size+1)
			if _, err := io.ReadFull(r, data); err != nil {
				return err
			}
			data = data[:size]
		}
	}
	if len(data) > 3<<20 && !source.MatchString(name) {
		data = nil
	}
	if mode != "120000" {
		return writeFile(filepath.Join(dir, name), data)
	}
	if target := string(data); !filepath.IsLocal(filepath.Join(filepath.Dir(name), target)) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777); err != nil {
		return err
	}
	return os.Symlink(string(data), filepath.Join(dir, name))
}

func writeFile(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o666)
}

func (f *forest) gitDir(repo string) (string, error) {
	plus := filepath.Join(f.mirror, strings.ReplaceAll(repo, "/", "+"), "repo")
	for _, dir := range []string{filepath.Join(plus, ".git"), plus, filepath.Join(f.mirror, repo+".git")} {
		if _, err := os.Stat(filepath.Join(dir, "HEAD")); err == nil {
			return dir, nil
		}
	}
	return "", fmt.Errorf("%s is not in %s", repo, f.mirror)
}

// extraPath returns a GOPATH with what vendor directories older than modules leave out.
func (f *forest) extraPath(ctx context.Context) (string, error) {
	dir := filepath.Join(f.dir, "xgopath")
	done := filepath.Join(dir, ".done")
	if _, err := os.Stat(done); err == nil {
		return dir, nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	for _, m := range []string{"crypto@v0.31.0", "net@v0.33.0", "sys@v0.28.0", "text@v0.21.0", "term@v0.27.0"} {
		out, err := exec.CommandContext(ctx, "go", "mod", "download", "-json", "golang.org/x/"+m).Output()
		if err != nil {
			return "", fmt.Errorf("go mod download golang.org/x/%s: %v\n%s", m, err, out)
		}
		var at struct{ Dir string }
		if err := json.Unmarshal(bytes.TrimSpace(out), &at); err != nil {
			return "", err
		}
		name, _, _ := strings.Cut(m, "@")
		if err := os.CopyFS(filepath.Join(dir, "src/golang.org/x", name), os.DirFS(at.Dir)); err != nil {
			return "", err
		}
	}
	return dir, os.WriteFile(done, nil, 0o666)
}
