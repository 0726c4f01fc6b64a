package config

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/connlint/connlint/internal/report"
)

// A decoder fills Go values from YAML nodes. Unlike yaml.v3 by itself it refuses
// unknown and repeated keys, and its errors name the key.
type decoder struct{ file string }

func (d *decoder) errorf(n *yaml.Node, key, format string, args ...any) error {
	line := 1
	if n != nil {
		line = n.Line
	}
	place := fmt.Sprintf("%s:%d: ", d.file, line)
	if key != "" {
		place += key + ": "
	}
	return fmt.Errorf("%s%s", place, fmt.Sprintf(format, args...))
}

func (d *decoder) decode(n *yaml.Node, out any) error {
	return d.value(n, "", reflect.ValueOf(out).Elem())
}

var unmarshaler = reflect.TypeFor[yaml.Unmarshaler]()

func (d *decoder) value(n *yaml.Node, key string, v reflect.Value) error {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if v.Type() == reflect.TypeFor[Rule]() {
		return d.rule(n, key, v.Addr().Interface().(*Rule))
	}
	if v.Type() == reflect.TypeFor[report.Severity]() {
		s, err := ParseSeverity(n.Value)
		if err != nil {
			return d.errorf(n, key, "%v", err)
		}
		v.SetString(string(s))
		return nil
	}
	if n.Tag == "!!null" {
		return nil // a key without value is a key that is not there
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		return d.value(n, key, v.Elem())
	}
	if v.Addr().Type().Implements(unmarshaler) {
		if err := v.Addr().Interface().(yaml.Unmarshaler).UnmarshalYAML(n); err != nil {
			return d.errorf(n, key, "%s", withoutLine(err.Error()))
		}
		return nil
	}
	switch v.Kind() {
	case reflect.Struct:
		return d.structure(n, key, v)
	case reflect.Map:
		return d.mapping(n, key, v)
	case reflect.Slice:
		return d.sequence(n, key, v)
	}
	return d.scalar(n, key, v)
}

// rule reads either form of a Rule.
func (d *decoder) rule(n *yaml.Node, key string, r *Rule) error {
	if n.Kind != yaml.MappingNode {
		if err := r.Switch.UnmarshalYAML(n); err != nil {
			return d.errorf(n, key, "%v, or a mapping", err)
		}
		return nil
	}
	var m ruleMapping
	if err := d.value(n, key, reflect.ValueOf(&m).Elem()); err != nil {
		return err
	}
	*r = Rule{Switch{m.Enabled, m.Severity}, m.Categories, m.Flags}
	return nil
}

func (d *decoder) structure(n *yaml.Node, key string, v reflect.Value) error {
	if n.Kind != yaml.MappingNode {
		return d.errorf(n, key, "want a mapping, not %s", describe(n))
	}
	fields := map[string]int{}
	var names []string
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		if name != "" && name != "-" {
			fields[name] = i
			names = append(names, name)
		}
	}
	return d.pairs(n, key, func(k, value *yaml.Node) error {
		i, ok := fields[k.Value]
		if !ok {
			return d.errorf(k, join(key, k.Value), "unknown key%s", suggest(k.Value, names))
		}
		return d.value(value, join(key, k.Value), v.Field(i))
	})
}

func (d *decoder) mapping(n *yaml.Node, key string, v reflect.Value) error {
	if n.Kind != yaml.MappingNode {
		return d.errorf(n, key, "want a mapping, not %s", describe(n))
	}
	v.Set(reflect.MakeMap(v.Type()))
	return d.pairs(n, key, func(k, value *yaml.Node) error {
		elem := reflect.New(v.Type().Elem()).Elem()
		if err := d.value(value, join(key, k.Value), elem); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(k.Value), elem)
		return nil
	})
}

// pairs calls f for each key and value.
func (d *decoder) pairs(n *yaml.Node, key string, f func(k, value *yaml.Node) error) error {
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if k.Kind != yaml.ScalarNode {
			return d.errorf(k, key, "a key must be a word, not %s", describe(k))
		}
		if line, ok := seen[k.Value]; ok {
			return d.errorf(k, join(key, k.Value), "the key stands already on line %d", line)
		}
		seen[k.Value] = k.Line
		if err := f(k, n.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) sequence(n *yaml.Node, key string, v reflect.Value) error {
	if n.Kind != yaml.SequenceNode {
		return d.errorf(n, key, "want a list, not %s", describe(n))
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		if err := d.value(item, fmt.Sprintf("%s[%d]", key, i), v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) scalar(n *yaml.Node, key string, v reflect.Value) error {
	if n.Kind == yaml.ScalarNode {
		if v.Kind() == reflect.String {
			v.SetString(n.Value) // also 1.20 and on, which are not strings in YAML
			return nil
		}
		if n.Decode(v.Addr().Interface()) == nil {
			return nil
		}
	}
	want := map[reflect.Kind]string{reflect.Bool: "true or false", reflect.String: "text"}[v.Kind()]
	if want == "" {
		want = "a number"
	}
	return d.errorf(n, key, "want %s, not %s", want, describe(n))
}

func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	return fmt.Sprintf("%q", n.Value)
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

// child returns the value of a key of a mapping; nil if there is none.
func child(n *yaml.Node, key string) *yaml.Node {
	if n == nil {
		return nil
	}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?`)

// withoutLine cuts yaml.v3's own place off a message.
func withoutLine(message string) string { return yamlLine.ReplaceAllString(message, "") }

func syntaxError(file string, err error) error {
	line := yamlLine.FindStringSubmatch(err.Error())[1]
	if line == "" {
		line = "1"
	}
	return fmt.Errorf("%s:%s: not YAML: %s", file, line, withoutLine(err.Error()))
}
