package report

import (
	_ "embed"
	"html/template"
	"io"
	"slices"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// context is the number of lines shown around each place in the HTML page.
const context = 3

type htmlPage struct {
	*Report
	Counts   []htmlCount // findings by rule
	Findings []htmlFinding
}

type htmlCount struct {
	Rule    string
	Summary string
	N       int
}

type htmlFinding struct {
	*Finding
	Excerpts []htmlExcerpt
}

type htmlExcerpt struct {
	File  string
	Lines []htmlLine
}

type htmlLine struct {
	Number              int // 0 stands for lines left out
	Before, Text, After string
	Steps               []htmlStep
}

type htmlStep struct {
	Number  int // on the path, from 1
	Message string
	Primary bool
}

// writeHTML writes one page with nothing to load from elsewhere.
func writeHTML(w io.Writer, r *Report) error {
	p := htmlPage{Report: r}
	n := map[string]int{}
	for i := range r.Findings {
		f := &r.Findings[i]
		n[f.Rule]++
		p.Findings = append(p.Findings, htmlFinding{f, excerpts(r.Source(), f)})
	}
	for _, rule := range r.Rules {
		if n[rule.Name] > 0 {
			p.Counts = append(p.Counts, htmlCount{rule.Name, rule.Summary, n[rule.Name]})
		}
	}
	return page.Execute(w, p)
}

// excerpts shows the finding's path over the source, file by file.
func excerpts(src *Source, f *Finding) []htmlExcerpt {
	var out []htmlExcerpt
	steps := map[string]map[int][]htmlStep{}
	for i, place := range f.Path() {
		if steps[place.File] == nil {
			steps[place.File] = map[int][]htmlStep{}
			out = append(out, htmlExcerpt{File: place.File})
		}
		step := htmlStep{Number: i + 1, Message: place.Message, Primary: i == 0}
		steps[place.File][place.Line] = append(steps[place.File][place.Line], step)
	}
	for i := range out {
		out[i].Lines = htmlLines(src, f, out[i].File, steps[out[i].File])
	}
	return out
}

func htmlLines(src *Source, f *Finding, file string, steps map[int][]htmlStep) []htmlLine {
	shown := map[int]bool{}
	for line := range steps {
		for n := line - context; n <= line+context; n++ {
			shown[n] = true
		}
	}
	var numbers []int
	for n := range shown {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	var out []htmlLine
	last := 0
	for _, n := range numbers {
		text, ok := src.Line(file, n)
		if !ok {
			continue
		}
		if last > 0 && n > last+1 {
			out = append(out, htmlLine{})
		}
		last = n
		line := htmlLine{Number: n, Before: text, Steps: steps[n]}
		if file == f.File && n == f.Line {
			m := markOf(f.Place, text)
			m.to = min(m.to, len(text))
			m.from = min(m.from, m.to)
			line.Before, line.Text, line.After = text[:m.from], text[m.from:m.to], text[m.to:]
		}
		out = append(out, line)
	}
	return out
}
