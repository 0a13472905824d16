//go:build unix

package main

import (
	"bufio"
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A proxy is a bad network in front of a server. It knows where requests and
// replies begin and end, so that it never loses a client while the server is still
// at its request: a client that asked for something else meanwhile could not know
// which of the two came last.
type proxy struct {
	listener net.Listener
	target   string
	most     int  // an exchange has one of so many fates, and all that are left pass
	always   fate // if most is zero

	mu     sync.Mutex
	random *rand.Rand
	faults map[fate]int
	conns  map[net.Conn]bool // nil when it is closed
	busy   sync.WaitGroup
}

// A fate is what becomes of an exchange.
type fate int

const (
	passes    fate = iota
	cutBefore      // the request does not get through, or not whole
	cutAfter       // it does, and nothing of the reply comes back
	cutWithin      // a part of the reply comes back
	inPieces       // both ways, with pauses
)

func newProxy(t *testing.T, target string, random *rand.Rand) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: listener, target: target, most: 100, random: random, faults: map[fate]int{}, conns: map[net.Conn]bool{}}
	p.busy.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

func (p *proxy) url() string { return "http://" + p.listener.Addr().String() }

func (p *proxy) close() {
	p.listener.Close()
	p.mu.Lock()
	conns := p.conns
	p.conns = nil
	p.mu.Unlock()
	for conn := range conns {
		conn.Close()
	}
	p.busy.Wait()
}

// keep has a connection closed with the proxy.
func (p *proxy) keep(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conns == nil {
		conn.Close()
		return false
	}
	p.conns[conn] = true
	return true
}

// drop closes a connection, in one of the two ways there are.
func (p *proxy) drop(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, conn)
	if p.random.IntN(2) == 0 {
		conn.(*net.TCPConn).SetLinger(0) // a reset
	}
	conn.Close()
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			client.Close() // the server was killed
			continue
		}
		if p.keep(client) && p.keep(server) {
			p.busy.Go(func() { p.carry(client, server) })
		}
	}
}

// carry passes exchanges on until one of the ends, or a fault, ends it.
func (p *proxy) carry(client, server net.Conn) {
	defer p.drop(client)
	defer p.drop(server)
	requests, replies := bufio.NewReader(client), bufio.NewReader(server)
	for {
		request, err := http.ReadRequest(requests)
		if err != nil {
			return
		}
		sent, err := httputil.DumpRequest(request, true)
		if err != nil {
			return
		}
		lot := p.draw()
		if lot == cutBefore {
			server.Write(sent[:p.below(len(sent))])
			return
		}
		if p.send(server, sent, lot) != nil {
			return
		}
		reply, err := http.ReadResponse(replies, request)
		if err != nil {
			return
		}
		var got bytes.Buffer
		if err := reply.Write(&got); err != nil || lot == cutAfter {
			return
		}
		if lot == cutWithin {
			client.Write(got.Bytes()[:p.below(got.Len())])
			return
		}
		if p.send(client, got.Bytes(), lot) != nil || reply.Close {
			return
		}
	}
}

// send writes everything, in one piece or in several.
func (p *proxy) send(to io.Writer, text []byte, lot fate) error {
	for lot == inPieces && len(text) > 1 {
		n := 1 + p.below(len(text))
		if _, err := to.Write(text[:n]); err != nil {
			return err
		}
		text = text[n:]
		<-time.After(time.Duration(p.below(2000)) * time.Microsecond) // what a delay is
	}
	_, err := to.Write(text)
	return err
}

func (p *proxy) draw() fate {
	lot := p.always
	if p.most > 0 {
		lot = fate(p.below(p.most))
	}
	if lot > inPieces {
		lot = passes
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults[lot]++
	return lot
}

func (p *proxy) below(n int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.random.IntN(n)
}

// Each fate does to an exchange what it says, and no more: a request that did not
// get through whole is not done, and one whose reply is lost is.
func TestFates(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fate          fate
		done, replied bool
	}{
		"passes": {passes, true, true}, "before": {cutBefore, false, false}, "after": {cutAfter, true, false},
		"within": {cutWithin, true, false}, "in pieces": {inPieces, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var done atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if body, err := io.ReadAll(r.Body); err == nil && string(body) == "a change" {
					done.Add(1)
				}
				io.WriteString(w, "acknowledged")
			}))
			p := newProxy(t, server.Listener.Addr().String(), rand.New(rand.NewPCG(1, 2)))
			p.most, p.always = 0, tt.fate
			client := &http.Client{Transport: new(http.Transport)}
			const times = 20
			for range times {
				var got []byte
				reply, err := client.Post(p.url(), "text/plain", strings.NewReader("a change"))
				if err == nil {
					got, err = io.ReadAll(reply.Body)
					reply.Body.Close()
				}
				if replied := err == nil && string(got) == "acknowledged"; replied != tt.replied {
					t.Errorf("replied: %v (%v)", replied, err)
				}
			}
			p.close()
			server.Close() // which waits for what is under way
			if n := int(done.Load()); n != 0 && !tt.done || n != times && tt.done {
				t.Errorf("%d of %d were done", n, times)
			}
			if p.faults[tt.fate] != times {
				t.Errorf("%v", p.faults)
			}
		})
	}
}
