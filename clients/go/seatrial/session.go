package seatrial

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	apiVersion = "1"
	wait       = 2 * time.Minute
)

// session is the control API of the session that leased to this process.
type session struct {
	client *http.Client
	base   string
	token  string
	resets bool
}

var (
	once  sync.Once
	found *session
)

// current is nil outside of a session, and where this process has no lease of its own.
func current() *session {
	once.Do(func() { found = find() })
	return found
}

func find() *session {
	lease := strings.TrimPrefix(os.Getenv("SEATRIAL_LEASE"), os.Getenv("SEATRIAL_SESSION")+"/")
	path, token, isolation := os.Getenv("SEATRIAL_CONTROL_SOCKET"), os.Getenv("SEATRIAL_CONTROL_TOKEN"), os.Getenv("SEATRIAL_ISOLATION")
	if lease == "" || lease == os.Getenv("SEATRIAL_LEASE") || path == "" || token == "" || isolation == "" || isolation == "run" {
		return nil
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}
	// The session closes a connection that has been silent for 5 s.
	transport := &http.Transport{DialContext: dial, IdleConnTimeout: 3 * time.Second}
	return &session{
		client: &http.Client{Transport: transport, Timeout: wait},
		base:   "http://seatrial/v1/leases/" + lease,
		token:  token,
		resets: isolation != "worker",
	}
}

// call sends body as JSON, when it is not nil, and reads the answer into answer, when that is not nil.
func (s *session) call(method, path string, body, answer any) error {
	var text bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&text).Encode(body); err != nil {
			return err
		}
	}
	request, err := http.NewRequest(method, s.base+path, &text)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+s.token)
	request.Header.Set("Seatrial-Api-Version", apiVersion)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := s.client.Do(request)
	if err != nil {
		return fmt.Errorf("the session does not answer: %w (SEATRIAL_CONTROL_UNREACHABLE; it may have ended)", err)
	}
	defer response.Body.Close()
	if version := response.Header.Get("Seatrial-Api-Version"); version != apiVersion {
		return fmt.Errorf("the session speaks version %q of the control API, this package speaks %s (SEATRIAL_CONTROL_REJECTED)", version, apiVersion)
	}
	if response.StatusCode/100 != 2 {
		var refused struct{ Code, Message, Hint string }
		if err := json.NewDecoder(response.Body).Decode(&refused); err != nil {
			return fmt.Errorf("the session answered %s", response.Status)
		}
		return fmt.Errorf("%s (%s; %s)", refused.Message, refused.Code, refused.Hint)
	}
	if answer == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(answer)
}

// packageName is that of the folder: `go test` runs each package's tests in its own.
func packageName() string {
	folder, err := os.Getwd()
	if err != nil {
		return "."
	}
	return filepath.Base(folder)
}
