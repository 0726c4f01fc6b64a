package driver

import (
	"reflect"
	"testing"

	"github.com/connlint/connlint/internal/report"
)

const diffText = `diff --git a/a.go b/a.go
index 1..2 100644
--- a/a.go
+++ b/a.go
@@ -3 +3,2 @@ func f() {
-old
+++ looks like a header
+new
@@ -9,2 +10,0 @@
--- a/also.go
-gone
diff --git a/dir with space/ü.go b/dir with space/ü.go
--- a/dir with space/ü.go	
+++ b/dir with space/ü.go	
@@ -0,0 +1 @@
+one
diff --git "a/tab\there.go" "b/tab\there.go"
--- "a/tab\there.go"
+++ "b/tab\there.go"
@@ -1 +5,3 @@
-x
+y
+y
+y
diff --git a/deleted.go b/deleted.go
--- a/deleted.go
+++ /dev/null
@@ -1,2 +0,0 @@
-a
-b
`

func TestParseDiff(t *testing.T) {
	got, err := parseDiff("/repo", []byte(diffText))
	if err != nil {
		t.Fatal(err)
	}
	want := changes{
		"/repo/a.go":                {{3, 4}},
		"/repo/dir with space/ü.go": {{1, 1}},
		"/repo/tab\there.go":        {{5, 7}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, text := range []string{"@@ -1\n", "@@ -x +1 @@\n", "@@ -1 +1,y @@\n"} {
		if _, err := parseDiff("/repo", []byte("+++ b/a.go\n"+text)); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

func TestTouch(t *testing.T) {
	c := changes{"a.go": {{3, 4}}}
	at := func(file string, line int) report.Place { return report.Place{File: file, Line: line} }
	for _, test := range []struct {
		finding report.Finding
		want    bool
	}{
		{report.Finding{Place: at("a.go", 3)}, true},
		{report.Finding{Place: at("a.go", 5)}, false},
		{report.Finding{Place: at("b.go", 3)}, false},
		{report.Finding{Place: at("a.go", 1), Related: []report.Place{at("a.go", 4)}}, true},
	} {
		if got := c.touch(&test.finding); got != test.want {
			t.Errorf("%v: %t", test.finding, got)
		}
	}
}

func FuzzParseDiff(f *testing.F) {
	f.Add([]byte(diffText))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := parseDiff("/repo", text)
		if err != nil {
			return
		}
		for file, ranges := range got {
			for _, r := range ranges {
				if r.last < r.first {
					t.Errorf("%s: lines %d to %d", file, r.first, r.last)
				}
			}
		}
	})
}
