// What Go's own reverse proxy costs: go-proxy LISTEN BACKEND...
package main

import (
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"sync/atomic"
)

// turns sends each request to the next backend.
type turns struct {
	taken   uint32
	proxies []*httputil.ReverseProxy
}

func (t *turns) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	turn := atomic.AddUint32(&t.taken, 1)
	t.proxies[turn%uint32(len(t.proxies))].ServeHTTP(answer, request)
}

// spare keeps the buffers that bodies are copied through.
type spare chan []byte

func (s spare) Get() []byte {
	select {
	case buffer := <-s:
		return buffer
	default:
		return make([]byte, 64*1024)
	}
}

func (s spare) Put(buffer []byte) {
	select {
	case s <- buffer:
	default:
	}
}

func main() {
	if len(os.Args) < 3 {
		log.Fatal("usage: go-proxy LISTEN BACKEND...")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	transport.DisableCompression = true
	transport.MaxIdleConns = 0
	transport.MaxIdleConnsPerHost = 1024
	handler := &turns{}
	buffers := make(spare, 128)
	for _, backend := range os.Args[2:] {
		target, err := url.Parse(backend)
		if err != nil {
			log.Fatal(err)
		}
		proxy := httputil.NewSingleHostReverseProxy(target)
		proxy.Transport = transport
		proxy.BufferPool = buffers
		handler.proxies = append(handler.proxies, proxy)
	}
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.Serve(listener, handler))
}
