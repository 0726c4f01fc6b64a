package main

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// print writes the tables in Markdown.
func (b *bench) print(w io.Writer) {
	file, err := filepath.Rel(b.dir, b.edit.file)
	if err != nil {
		file = b.edit.file
	}
	fmt.Fprintf(w, "%d turns (%d with an empty GOCACHE), edited: %s\n\n", b.pairs, b.empty, file)
	fmt.Fprintln(w, "| CPU of connlint as a share of | "+strings.Join(states, " | ")+" |")
	fmt.Fprintln(w, "|---|"+strings.Repeat("---|", len(states)))
	for _, other := range []string{emptyArm, peerArm} {
		b.ratios(w, other, connlintArm, other)
	}
	b.ratios(w, "as vet tool, of "+emptyArm, vetArm, emptyArm)
	b.ratios(w, "all rules, of "+leaksArm, connlintArm, leaksArm)
	fmt.Fprintln(w)
	fmt.Fprintln(w, "| median: CPU s, wall s, peak MiB | "+strings.Join(states, " | ")+" |")
	fmt.Fprintln(w, "|---|"+strings.Repeat("---|", len(states)))
	for _, a := range b.arms {
		fmt.Fprintf(w, "| %s ", a.name)
		for _, s := range states {
			fmt.Fprintf(w, "| %s ", costs(b.samples[s][a.name]))
		}
		fmt.Fprintln(w, "|")
	}
}

// ratios writes a row of ratios of CPU, turn by turn: minimum, median, maximum.
func (b *bench) ratios(w io.Writer, title, of, to string) {
	fmt.Fprintf(w, "| %s ", title)
	for _, state := range states {
		var all []float64
		samples, others := b.samplesOf(of, state), b.samplesOf(to, state)
		for i := range min(len(samples), len(others)) {
			all = append(all, float64(samples[i].cpu)/float64(max(others[i].cpu, time.Millisecond)))
		}
		if len(all) == 0 {
			fmt.Fprint(w, "| ")
			continue
		}
		slices.Sort(all)
		fmt.Fprintf(w, "| %.3f-**%.3f**-%.3f ", all[0], median(all), all[len(all)-1])
	}
	fmt.Fprintln(w, "|")
}

// samplesOf returns what the runs of an arm cost in a state. The first run of a vet tool
// on a machine is its cold run.
func (b *bench) samplesOf(name, state string) []sample {
	samples := b.samples[state][name]
	if state == first && len(samples) == 0 {
		return b.samples[cold][name]
	}
	return samples
}

func costs(samples []sample) string {
	if len(samples) == 0 {
		return ""
	}
	var cpu, wall []time.Duration
	var peak []int64
	for _, s := range samples {
		cpu, wall, peak = append(cpu, s.cpu), append(wall, s.wall), append(peak, s.peak)
	}
	slices.Sort(cpu)
	slices.Sort(wall)
	slices.Sort(peak)
	return fmt.Sprintf("%.2f, %.2f, %d", median(cpu).Seconds(), median(wall).Seconds(), median(peak)>>20)
}

// median returns the middle of sorted values, the lower one of two.
func median[T cmp.Ordered](sorted []T) T { return sorted[(len(sorted)-1)/2] }
