package report

import (
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
)

// The types follow SARIF 2.1.0,
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, and what GitHub
// code scanning makes of it,
// https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning.

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool               sarifTool                `json:"tool"`
	AutomationDetails  sarifAutomation          `json:"automationDetails"`
	ColumnKind         string                   `json:"columnKind"`
	OriginalURIBaseIDs map[string]sarifArtifact `json:"originalUriBaseIds"`
	Results            []sarifResult            `json:"results"`
}

type sarifAutomation struct {
	ID string `json:"id"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name           string      `json:"name"`
	Version        string      `json:"version,omitempty"`
	InformationURI string      `json:"informationUri"`
	Rules          []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID                   string          `json:"id"`
	ShortDescription     sarifMessage    `json:"shortDescription"`
	FullDescription      sarifMessage    `json:"fullDescription"`
	Help                 sarifMessage    `json:"help"`
	HelpURI              string          `json:"helpUri,omitempty"`
	DefaultConfiguration sarifConfig     `json:"defaultConfiguration"`
	Properties           sarifProperties `json:"properties"`
}

type sarifConfig struct {
	Level string `json:"level"`
}

type sarifProperties struct {
	Tags            []string `json:"tags"`
	Precision       string   `json:"precision"`
	ProblemSeverity string   `json:"problem.severity"`
}

type sarifMessage struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

type sarifResult struct {
	RuleID              string            `json:"ruleId"`
	RuleIndex           int               `json:"ruleIndex"`
	Level               string            `json:"level"`
	Message             sarifMessage      `json:"message"`
	Locations           []sarifLocation   `json:"locations"`
	RelatedLocations    []sarifLocation   `json:"relatedLocations,omitempty"`
	CodeFlows           []sarifCodeFlow   `json:"codeFlows,omitempty"`
	PartialFingerprints map[string]string `json:"partialFingerprints,omitempty"`
	Fixes               []sarifFix        `json:"fixes,omitempty"`
	Properties          map[string]string `json:"properties,omitempty"`
}

type sarifLocation struct {
	ID               int           `json:"id,omitempty"`
	PhysicalLocation sarifPhysical `json:"physicalLocation"`
	Message          *sarifMessage `json:"message,omitempty"`
}

type sarifPhysical struct {
	ArtifactLocation sarifArtifact `json:"artifactLocation"`
	Region           *sarifRegion  `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI         string        `json:"uri,omitempty"`
	URIBaseID   string        `json:"uriBaseId,omitempty"`
	Description *sarifMessage `json:"description,omitempty"`
}

type sarifRegion struct {
	StartLine   int           `json:"startLine"`
	StartColumn int           `json:"startColumn,omitempty"`
	EndLine     int           `json:"endLine,omitempty"`
	EndColumn   int           `json:"endColumn,omitempty"`
	Snippet     *sarifMessage `json:"snippet,omitempty"`
}

type sarifCodeFlow struct {
	ThreadFlows []sarifThreadFlow `json:"threadFlows"`
}

type sarifThreadFlow struct {
	Locations []sarifThreadFlowLocation `json:"locations"`
}

type sarifThreadFlowLocation struct {
	Location sarifLocation `json:"location"`
}

type sarifFix struct {
	Description     sarifMessage          `json:"description"`
	ArtifactChanges []sarifArtifactChange `json:"artifactChanges"`
}

type sarifArtifactChange struct {
	ArtifactLocation sarifArtifact      `json:"artifactLocation"`
	Replacements     []sarifReplacement `json:"replacements"`
}

type sarifReplacement struct {
	DeletedRegion   sarifRegion   `json:"deletedRegion"`
	InsertedContent *sarifMessage `json:"insertedContent,omitempty"`
}

const sarifRoot = "%SRCROOT%"

var sarifLevel = map[Severity]string{Error: "error", Warning: "warning", Note: "note"}

func levelOf(s Severity) string {
	if level, ok := sarifLevel[s]; ok {
		return level
	}
	return "error"
}

func writeSARIF(w io.Writer, r *Report) error {
	run := sarifRun{
		Tool: sarifTool{Driver: sarifDriver{
			Name:           "connlint",
			Version:        r.Version,
			InformationURI: "https://github.com/connlint/connlint",
			Rules:          []sarifRule{},
		}},
		AutomationDetails: sarifAutomation{ID: "connlint/"},
		ColumnKind:        "utf16CodeUnits",
		OriginalURIBaseIDs: map[string]sarifArtifact{
			sarifRoot: {Description: &sarifMessage{Text: "The directory that connlint ran for: the root of the module."}},
		},
		Results: []sarifResult{},
	}
	index := map[string]int{}
	for _, rule := range r.Rules {
		index[rule.Name] = len(run.Tool.Driver.Rules)
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, newSARIFRule(rule))
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		if _, ok := index[f.Rule]; !ok {
			return fmt.Errorf("sarif: finding of rule %s, which is not among the rules of the report", f.Rule)
		}
		result := newSARIFResult(r.Source(), f)
		result.RuleIndex = index[f.Rule]
		run.Results = append(run.Results, result)
	}
	return encodeJSON(w, sarifLog{
		Schema:  "https://json.schemastore.org/sarif-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{run},
	})
}

func newSARIFRule(rule Rule) sarifRule {
	level := levelOf(rule.Severity)
	problem := level
	if problem == "note" {
		problem = "recommendation"
	}
	markdown := rule.Markdown
	if markdown == "" {
		markdown = rule.Summary
	}
	return sarifRule{
		ID:                   rule.Name,
		ShortDescription:     sarifMessage{Text: rule.Summary},
		FullDescription:      sarifMessage{Text: rule.Summary},
		Help:                 sarifMessage{Text: markdown, Markdown: markdown},
		HelpURI:              rule.URL,
		DefaultConfiguration: sarifConfig{Level: level},
		Properties: sarifProperties{
			Tags:            []string{"database", "reliability"},
			Precision:       "high",
			ProblemSeverity: problem,
		},
	}
}

func newSARIFResult(src *Source, f *Finding) sarifResult {
	result := sarifResult{
		RuleID:    f.Rule,
		Level:     levelOf(f.Severity),
		Message:   sarifMessage{Text: sarifText(f)},
		Locations: []sarifLocation{newSARIFLocation(src, f.Place, 0)},
	}
	result.Locations[0].Message = nil // it would repeat the result's
	for i, p := range f.Related {
		result.RelatedLocations = append(result.RelatedLocations, newSARIFLocation(src, p, i+1))
	}
	if len(f.Related) > 0 {
		var flow sarifThreadFlow
		for _, p := range f.Path() {
			flow.Locations = append(flow.Locations, sarifThreadFlowLocation{newSARIFLocation(src, p, 0)})
		}
		result.CodeFlows = []sarifCodeFlow{{ThreadFlows: []sarifThreadFlow{flow}}}
	}
	if f.Fingerprint != "" {
		// GitHub reads only the first name; the second is for everyone else.
		result.PartialFingerprints = map[string]string{
			"primaryLocationLineHash": f.Fingerprint,
			"connlint/v1":             f.Fingerprint,
		}
	}
	if f.Category != "" {
		result.Properties = map[string]string{"category": f.Category}
	}
	for _, fix := range f.Fixes {
		if sf, ok := newSARIFFix(src, fix); ok {
			result.Fixes = append(result.Fixes, sf)
		}
	}
	return result
}

// sarifText is the message followed by links to the related locations: GitHub
// shows only those that are linked to.
func sarifText(f *Finding) string {
	text := sarifEscape(f.Message)
	for i, p := range f.Related {
		text += fmt.Sprintf("\n[%s](%d)", sarifEscape(p.Message), i+1)
	}
	return text
}

// sarifEscape keeps brackets from being read as a link (section 3.11.6).
func sarifEscape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`).Replace(s)
}

func newSARIFLocation(src *Source, p Place, id int) sarifLocation {
	loc := sarifLocation{ID: id, PhysicalLocation: sarifPhysical{ArtifactLocation: sarifFile(p.File)}}
	if p.Line > 0 {
		region := &sarifRegion{StartLine: p.Line}
		if p.Column > 0 {
			region.StartColumn = src.utf16Column(p.File, p.Line, p.Column)
		}
		if p.EndLine >= p.Line && p.EndColumn > 0 {
			region.EndLine = p.EndLine
			region.EndColumn = src.utf16Column(p.File, p.EndLine, p.EndColumn)
		}
		if text, ok := src.Line(p.File, p.Line); ok {
			region.Snippet = snippet(text, p)
		}
		loc.PhysicalLocation.Region = region
	}
	if p.Message != "" {
		loc.Message = &sarifMessage{Text: p.Message}
	}
	return loc
}

// snippet is the text of a range within one line, nil if it is only a point.
func snippet(text string, p Place) *sarifMessage {
	if p.EndLine != p.Line || p.EndColumn <= p.Column || p.Column < 1 || p.EndColumn-1 > len(text) {
		return nil
	}
	return &sarifMessage{Text: strings.ToValidUTF8(text[p.Column-1:p.EndColumn-1], "\uFFFD")}
}

// sarifFile names a file relative to the root where that is possible.
func sarifFile(file string) sarifArtifact {
	if filepath.IsAbs(file) {
		return sarifArtifact{URI: (&url.URL{Scheme: "file", Path: filepath.ToSlash(file)}).String()}
	}
	// A first segment with a colon would read as a scheme: String adds "./".
	return sarifArtifact{URI: (&url.URL{Path: file}).String(), URIBaseID: sarifRoot}
}

func newSARIFFix(src *Source, fix Fix) (sarifFix, bool) {
	out := sarifFix{Description: sarifMessage{Text: fix.Message}}
	for _, e := range fix.Edits {
		region, ok := src.region(e)
		if !ok {
			return sarifFix{}, false // the file has gone or changed: better no fix than a wrong one
		}
		n := len(out.ArtifactChanges)
		file := sarifFile(e.File)
		if n == 0 || out.ArtifactChanges[n-1].ArtifactLocation.URI != file.URI {
			out.ArtifactChanges = append(out.ArtifactChanges, sarifArtifactChange{ArtifactLocation: file})
			n++
		}
		change := &out.ArtifactChanges[n-1]
		change.Replacements = append(change.Replacements, sarifReplacement{
			DeletedRegion:   region,
			InsertedContent: &sarifMessage{Text: e.New},
		})
	}
	return out, len(out.ArtifactChanges) > 0
}

// region turns the bytes of an edit into lines and columns.
func (s *Source) region(e Edit) (sarifRegion, bool) {
	startLine, startColumn, ok := s.position(e.File, e.Start)
	endLine, endColumn, ok2 := s.position(e.File, e.End)
	return sarifRegion{
		StartLine:   startLine,
		StartColumn: s.utf16Column(e.File, startLine, startColumn),
		EndLine:     endLine,
		EndColumn:   s.utf16Column(e.File, endLine, endColumn),
	}, ok && ok2
}
