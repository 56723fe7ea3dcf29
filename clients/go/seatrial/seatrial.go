// Package seatrial takes the state of a test's databases back when the test has ended. The tests of a package run on a lease of their own
// already when `seatrial run --isolation rewind -- go test ./...` starts them; Go tells nobody outside when a test begins, so a test that wants
// to begin from a clean state says so itself:
//
//	func TestCreatesAnOrder(t *testing.T) {
//		seatrial.Test(t)
//		...
//	}
//
// Outside of a session all of this does nothing. Standard library only.
package seatrial

import (
	"encoding/json"
	"strings"
	"sync"
	"time"
)

// TB is what is needed of *testing.T and *testing.B.
type TB interface {
	Helper()
	Name() string
	Cleanup(func())
	Failed() bool
	Skipped() bool
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Change is one row, key or document that a test has changed. Before is nil for what was inserted, After for what was deleted.
type Change struct {
	Table  string         `json:"table"`
	Op     string         `json:"op"`
	Before map[string]any `json:"before"`
	After  map[string]any `json:"after"`
}

var running = &marks{names: map[string]bool{}}

// marks are the tests of this process that have begun and not ended.
type marks struct {
	sync.Mutex
	names map[string]bool
	// last is the test that ended last; empty at first.
	last string
	// said is true when an overlap has been told.
	said bool
}

// Test marks a test. Call it first, but after t.Parallel: its state is taken back when all other clean-up functions of the test have run. What
// its subtests write is part of it. Tests that run in parallel share the state of their package, which is then taken back when none of them runs.
func Test(t TB) {
	t.Helper()
	session := current()
	if session == nil {
		return
	}
	running.Lock()
	defer running.Unlock()
	name := t.Name()
	if running.isPart(name) {
		return
	}
	var begun struct {
		Test        struct{ ID string }
		Overlapping bool
	}
	body := map[string]any{"name": name, "file": packageName(), "between": running.between(name)}
	if err := session.call("POST", "/tests", body, &begun); err != nil {
		t.Fatalf("seatrial: the test has no state of its own: %v", err)
	}
	running.names[name] = true
	at := time.Now()
	t.Cleanup(func() { end(t, session, begun.Test.ID, at) })
}

// Diff answers what the running test has inserted, updated and deleted in a service. Nil outside of a session.
func Diff(t TB, service string) []Change {
	t.Helper()
	session := current()
	if session == nil {
		return nil
	}
	var diff struct{ Services map[string]json.RawMessage }
	var changes []Change
	err := session.call("GET", "/diff", nil, &diff)
	if raw, found := diff.Services[service]; err == nil && found {
		err = json.Unmarshal(raw, &changes)
	}
	if err != nil {
		t.Fatalf("seatrial: %v", err)
	}
	return changes
}

// Reset takes back what the running test has written so far.
func Reset(t TB) {
	t.Helper()
	if session := current(); session != nil {
		if err := session.call("POST", "/reset", nil, nil); err != nil {
			t.Fatalf("seatrial: %v", err)
		}
	}
}

func end(t TB, session *session, id string, at time.Time) {
	t.Helper()
	running.Lock()
	defer running.Unlock()
	outcome := "passed"
	if t.Failed() {
		outcome = "failed"
	} else if t.Skipped() {
		outcome = "skipped"
	}
	var ended struct{ Refused string }
	body := map[string]any{"outcome": outcome, "ms": float64(time.Since(at).Microseconds()) / 1000}
	delete(running.names, t.Name())
	running.last = t.Name()
	if err := session.call("POST", "/tests/"+id+"/end", body, &ended); err != nil {
		t.Errorf("seatrial: the state of the test could not be taken back: %v", err)
	}
	if ended.Refused != "" && session.resets && !running.said {
		running.said = true
		t.Logf("seatrial: the state was not taken back: %s", ended.Refused)
	}
}

// isPart tells whether a test that contains this one is marked.
func (m *marks) isPart(name string) bool {
	for at := strings.LastIndexByte(name, '/'); at >= 0; at = strings.LastIndexByte(name, '/') {
		name = name[:at]
		if m.names[name] {
			return true
		}
	}
	return m.names[name]
}

// between: from one top-level test to the next nobody of the package's own code writes, so what comes is late. TestMain before the first, and a
// test between its subtests, may write for those that follow.
func (m *marks) between(name string) string {
	if m.last == "" || strings.Contains(m.last, "/") || strings.Contains(name, "/") {
		return "keep"
	}
	return "undo"
}
