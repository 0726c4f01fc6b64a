package report_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/connlint/connlint/internal/report"
)

// browser returns a command of a browser that can dump the document after running
// its scripts, or skips the test.
func browser(t *testing.T) string {
	t.Helper()
	names := []string{"chromium", "chromium-browser", "google-chrome", "chrome"}
	if name := os.Getenv("CONNLINT_BROWSER"); name != "" {
		names = []string{name}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no Chromium: install one or name it in CONNLINT_BROWSER")
	return ""
}

// dump shows the page in the browser, does what script says as its user would, and
// returns the document then.
func dump(t *testing.T, browser string, page []byte, script string) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "page.html")
	page = bytes.Replace(page, []byte("</body>"), []byte("<script>"+script+"</script></body>"), 1)
	if err := os.WriteFile(file, page, 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--dump-dom", "file://"+file)
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", browser, err)
	}
	return string(out)
}

func TestHTMLInBrowser(t *testing.T) {
	browser := browser(t)
	h, err := report.ForFormat("html")
	if err != nil {
		t.Fatal(err)
	}
	page := render(t, h, newReport(t))
	hidden := regexp.MustCompile(`<article[^>]*data-rule="(\w+)"[^>]*hidden`)
	for _, test := range []struct {
		name, script string
		shown        string
		hidden       string
	}{
		{"all", "", "2", ""},
		{"a rule off", `document.querySelector("input[value=rowsclose]").click()`, "1", "rowsclose"},
		{"off and on again", `for (let i = 0; i < 2; i++) document.querySelector("input[value=rowsclose]").click()`, "2", ""},
		{"by message", `const s = document.querySelector("[type=search]"); s.value = "NOT CLOSED"; s.dispatchEvent(new Event("input", {bubbles: true}))`, "1", "txhold"},
		{"by file", `const s = document.querySelector("[type=search]"); s.value = "tx.go"; s.dispatchEvent(new Event("input", {bubbles: true}))`, "1", "rowsclose"},
		{"nothing left", `const s = document.querySelector("[type=search]"); s.value = "nosuch"; s.dispatchEvent(new Event("input", {bubbles: true}))`, "0", "txhold,rowsclose"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dom := dump(t, browser, page, test.script)
			if !strings.Contains(dom, `<span id="shown">`+test.shown+`</span>`) {
				t.Errorf("the page does not say that %s are shown", test.shown)
			}
			var got []string
			for _, m := range hidden.FindAllStringSubmatch(dom, -1) {
				got = append(got, m[1])
			}
			if strings.Join(got, ",") != test.hidden {
				t.Errorf("hidden: %v, want %s", got, test.hidden)
			}
			if strings.Contains(dom, `"<script>"`) {
				t.Error("text of the source is read as markup")
			}
		})
	}
}

// The page loads nothing from elsewhere.
func TestHTMLIsSelfContained(t *testing.T) {
	h, err := report.ForFormat("html")
	if err != nil {
		t.Fatal(err)
	}
	page := render(t, h, newReport(t))
	if m := regexp.MustCompile(`(?i)(src|href)=|url\(|@import|fetch\(`).Find(page); m != nil {
		t.Errorf("the page has %s", m)
	}
}
