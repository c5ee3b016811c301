package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// A client that does not read is disconnected this long after the limit of the stream.
const readGrace = 5 * time.Second

func (gw *gateway) generate(c *gin.Context) {
	if c.IsWebsocket() {
		gw.generateOverWebSocket(c)
		return
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, bodyLimit)
	request, problem := readRequest(c)
	if problem != nil {
		refuse(c, problem)
		return
	}
	record := gw.monitor.arrived()
	defer record.close()
	g := gw.open(request)
	defer g.release()
	client := c.Request.Context()
	if err := g.awaitStart(client.Done()); err != nil {
		refuse(c, err)
		return
	}
	record.accept()
	connection, _ := client.Value(connectionKey{}).(net.Conn)
	if connection != nil {
		_ = connection.SetWriteDeadline(time.Now().Add(streamLimit + readGrace))
		// The connection may serve further requests.
		defer func() { _ = connection.SetWriteDeadline(time.Time{}) }()
	}
	gw.run(g, startEvents(c), record)
}

// sseSink writes events as B2 has them, "event: message" with a space. gin's own c.SSEvent omits the space, and
// since gin-contrib/sse 1.0 it also appends a charset to the Content-Type (B1).
type sseSink struct{ c *gin.Context }

func startEvents(c *gin.Context) sseSink {
	for name, value := range map[string]string{
		"Content-Type":                "text/event-stream",
		"Cache-Control":               "no-cache",
		"Connection":                  "keep-alive",
		"X-Accel-Buffering":           "no",
		"Access-Control-Allow-Origin": "*",
	} {
		c.Header(name, value)
	}
	c.Status(http.StatusOK)
	c.Writer.Flush()
	return sseSink{c}
}

func (s sseSink) send(event string, data interface{}) error {
	encoded, err := json.Marshal(data)
	if err != nil {
		return err
	}
	frame := append([]byte("event: "+event+"\ndata: "), encoded...)
	if _, err := s.c.Writer.Write(append(frame, "\n\n"...)); err != nil {
		return err
	}
	s.c.Writer.Flush()
	return nil
}

func (s sseSink) end(err *streamError) {
	if err != nil {
		_ = s.send("error", err)
	}
}

func (s sseSink) gone() <-chan struct{} { return s.c.Request.Context().Done() }

type connectionKey struct{}

// withConnection lets a handler set the write deadline of its connection.
func withConnection(ctx context.Context, connection net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, connection)
}
