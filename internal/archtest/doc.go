// Package archtest holds the rules that the whole module keeps and no compiler
// checks: which package may import which, and why; that every exported name is
// documented; how long a file may be; what may lie at the top of the tree. It
// has tests only. Each rule is also tried on a tree that breaks it.
package archtest
