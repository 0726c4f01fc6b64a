package report

import (
	"encoding/xml"
	"fmt"
	"io"
)

type checkstyleReport struct {
	XMLName xml.Name         `xml:"checkstyle"`
	Version string           `xml:"version,attr"`
	Files   []checkstyleFile `xml:"file"`
}

type checkstyleFile struct {
	Name   string            `xml:"name,attr"`
	Errors []checkstyleError `xml:"error"`
}

type checkstyleError struct {
	Line     int    `xml:"line,attr"`
	Column   int    `xml:"column,attr"`
	Severity string `xml:"severity,attr"`
	Message  string `xml:"message,attr"`
	Source   string `xml:"source,attr"`
}

// checkstyleSeverity maps severities to Checkstyle's.
var checkstyleSeverity = map[Severity]string{Error: "error", Warning: "warning", Note: "info"}

// writeCheckstyle writes the XML of Checkstyle, which Jenkins and many review
// tools read.
func writeCheckstyle(w io.Writer, r *Report) error {
	doc := checkstyleReport{Version: "8.0"}
	for _, f := range r.Findings {
		n := len(doc.Files)
		if n == 0 || doc.Files[n-1].Name != f.File {
			doc.Files = append(doc.Files, checkstyleFile{Name: f.File})
			n++
		}
		severity := checkstyleSeverity[f.Severity]
		if severity == "" {
			severity = "error"
		}
		doc.Files[n-1].Errors = append(doc.Files[n-1].Errors, checkstyleError{
			Line: f.Line, Column: f.Column, Severity: severity, Message: f.Message, Source: "connlint." + f.Rule,
		})
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return fmt.Errorf("checkstyle: %v", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}
