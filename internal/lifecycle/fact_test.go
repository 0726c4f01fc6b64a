package lifecycle

import (
	"bytes"
	"encoding/gob"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"

	"github.com/connlint/connlint/internal/program"
)

// summaries is a package whose functions have much to tell their callers.
const summaries = `package p

import (
	"database/sql"
	"errors"
	"os"
)

type Store struct{ rows *sql.Rows }

func (s *Store) Close() error { return s.rows.Close() }

func Open(db *sql.DB) (*Store, error) {
	rows, err := db.Query("SELECT 1")
	if err != nil {
		return nil, err
	}
	return &Store{rows}, nil
}

func Rows(db *sql.DB) (*sql.Rows, error) { return db.Query("SELECT 1") }

func Done(rows *sql.Rows, really bool) error {
	if !really {
		return nil
	}
	return rows.Close()
}

func Drain(rows *sql.Rows) error {
	for rows.Next() {
	}
	return rows.Err()
}

func Finish(tx *sql.Tx, err *error) {
	if *err != nil {
		tx.Rollback()
		return
	}
	*err = tx.Commit()
}

func With(db *sql.DB, f func(*sql.Tx) error) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func Failed(err error) bool { return err != nil }
func Wrap(err error) error {
	if err == nil {
		return nil
	}
	return errors.New("wrapped")
}
func Must(err error) {
	if err != nil {
		os.Exit(1)
	}
}
`

// The facts about a package are the same bytes ten times, in analyses of their own, and
// say the same after the journey.
func TestFacts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var funcs []*program.Func
	for i := range 50 {
		funcs = append(funcs, program.Generate(program.Name(i), r))
	}
	random, _ := program.Source(funcs)
	for _, src := range []string{summaries, random} {
		var first []byte
		for range 10 {
			_, facts := follow(t, load(t, src))
			text := encode(t, facts)
			if first == nil {
				first = text
			} else if !bytes.Equal(first, text) {
				t.Fatal("other bytes the next time")
			}
		}
	}
	_, facts := follow(t, load(t, summaries))
	for _, name := range []string{"Open", "Rows", "Done", "Drain", "Finish", "With", "Failed", "Wrap", "Must", "Close"} {
		i := slices.IndexFunc(facts, func(f analysis.ObjectFact) bool { return f.Object.Name() == name })
		if i < 0 {
			t.Errorf("no fact about %s", name)
			continue
		}
		want := facts[i].Fact.(*summary)
		if want.trivial() {
			t.Errorf("the fact about %s says nothing", name)
		}
		var b bytes.Buffer
		got := new(summary)
		if err := gob.NewEncoder(&b).Encode(want); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if err := gob.NewDecoder(&b).Decode(got); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}

// encode encodes facts in the order of their objects' names.
func encode(t *testing.T, facts []analysis.ObjectFact) []byte {
	slices.SortFunc(facts, func(a, b analysis.ObjectFact) int { return strings.Compare(a.Object.String(), b.Object.String()) })
	var b bytes.Buffer
	enc := gob.NewEncoder(&b)
	for _, f := range facts {
		b.WriteString(f.Object.String())
		if err := enc.Encode(f.Fact); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}
