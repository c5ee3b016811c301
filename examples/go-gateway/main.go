// A gateway for streaming text generation: HTTP with server-sent events or WebSocket towards clients, gRPC
// towards an agent. It keeps every clause of the specification; -stream fragment runs the stream loop that
// the specification sketches instead (fragment.go).
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"

	"rehearsal-go-gateway/agentpb"
)

const (
	generatePath = "/api/v1/ai/generate"
	// Open streams have this long to send their last event when the gateway shuts down.
	shutdownGrace = 2 * time.Second
)

type gateway struct {
	agent agentpb.AIAgentServiceClient
	// Closed when the gateway shuts down.
	stopping   chan struct{}
	webSockets sync.WaitGroup
	monitor    monitor
}

func main() {
	listen := flag.String("listen", "127.0.0.1:8081", "`address` for clients; port 0 takes a free one")
	agent := flag.String("agent", "127.0.0.1:50051", "`address` of the agent")
	stream := flag.String("stream", "complete", "stream loop: complete or fragment")
	flag.Parse()
	if err := serve(*listen, *agent, *stream); err != nil {
		log.Fatal(err)
	}
}

func serve(address, agent, stream string) error {
	if stream != "complete" && stream != "fragment" {
		return fmt.Errorf("-stream %s: must be complete or fragment", stream)
	}
	connection, err := dial(agent)
	if err != nil {
		return fmt.Errorf("-agent %s: %w", agent, err)
	}
	defer connection.Close()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("-listen %s: %w", address, err)
	}

	gw := &gateway{agent: agentpb.NewAIAgentServiceClient(connection), stopping: make(chan struct{})}
	server := &http.Server{
		Handler:           gw.routes(stream == "fragment"),
		ReadHeaderTimeout: 10 * time.Second,
		ConnContext:       withConnection,
	}
	interrupted, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	fmt.Printf("http://%s%s\n", listener.Addr(), generatePath)

	select {
	case err := <-served:
		return err
	case <-interrupted.Done():
	}
	close(gw.stopping)
	grace, cancel := context.WithTimeout(context.Background(), shutdownGrace)
	defer cancel()
	if err := server.Shutdown(grace); errors.Is(err, context.DeadlineExceeded) {
		return server.Close()
	}
	gw.awaitWebSockets(grace)
	return nil
}

// awaitWebSockets waits for the last events of open WebSockets, for which http.Server does not wait.
func (gw *gateway) awaitWebSockets(grace context.Context) {
	ended := make(chan struct{})
	go func() {
		gw.webSockets.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-grace.Done():
	}
}

// dial returns a connection that is made in the background and again, within a second, whenever it breaks.
func dial(agent string) (*grpc.ClientConn, error) {
	return grpc.Dial(agent,
		grpc.WithInsecure(), //nolint:staticcheck // Debian's grpc has no credentials/insecure.
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, MaxDelay: time.Second},
			MinConnectTimeout: 5 * time.Second,
		}))
}

func (gw *gateway) routes(isFragment bool) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.HandleMethodNotAllowed = true
	router.Use(gin.Recovery())
	if isFragment {
		router.POST(generatePath, gw.generateFragment)
		return router
	}
	router.Use(allowOrigins)
	router.POST(generatePath, gw.generate)
	router.GET(generatePath, gw.generate)
	router.GET("/status", gw.monitor.report)
	router.GET("/healthz", func(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"status": "ok"}) })
	router.NoRoute(func(c *gin.Context) {
		refuse(c, newError("NOT_FOUND", "path: the interface is at "+generatePath))
	})
	router.NoMethod(func(c *gin.Context) {
		c.Header("Allow", "GET, POST, OPTIONS")
		refuse(c, newError("METHOD_NOT_ALLOWED", "method: must be GET or POST"))
	})
	return router
}

// allowOrigins lets pages of every origin read responses and errors, and answers their preflights.
func allowOrigins(c *gin.Context) {
	c.Header("Access-Control-Allow-Origin", "*")
	if c.Request.Method != http.MethodOptions {
		return
	}
	c.Header("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
	if headers := c.GetHeader("Access-Control-Request-Headers"); headers != "" {
		c.Header("Access-Control-Allow-Headers", headers)
	}
	c.AbortWithStatus(http.StatusNoContent)
}
