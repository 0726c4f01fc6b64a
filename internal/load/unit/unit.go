// Package unit runs analyzers on one type-checked package, and carries facts from
// one such unit to those that import it.
package unit
