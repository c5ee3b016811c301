package main

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"rehearsal-go-gateway/agentpb"
)

// A client without a prompt in its query has this long to send its first message.
const firstMessageLimit = 10 * time.Second

var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}

// webSocketSink sends each event as one text message (A6).
type webSocketSink struct {
	socket       *websocket.Conn
	disconnected chan struct{}
}

func (s webSocketSink) send(event string, data interface{}) error {
	return s.socket.WriteJSON(gin.H{"event": event, "data": data})
}

func (s webSocketSink) gone() <-chan struct{} { return s.disconnected }

func (gw *gateway) generateOverWebSocket(c *gin.Context) {
	socket, err := upgrader.Upgrade(c.Writer, c.Request, nil)
	if err != nil {
		return
	}
	defer socket.Close()
	gw.webSockets.Add(1)
	defer gw.webSockets.Done()
	_ = socket.SetWriteDeadline(time.Now().Add(streamLimit + readGrace))
	out := webSocketSink{socket, make(chan struct{})}
	request, problem := out.readRequest(c)
	if problem != nil {
		out.end(problem)
		return
	}
	go out.watch()

	record := gw.monitor.arrived()
	defer record.close()
	g := gw.open(request)
	defer g.release()
	record.accept()
	gw.run(g, out, record)
}

// readRequest takes the prompt from the query, as a GET does, or from the first message.
func (s webSocketSink) readRequest(c *gin.Context) (*agentpb.GenerateRequest, *streamError) {
	if sent := fieldsOfQuery(c); sent.Prompt != nil {
		return checkFields(sent)
	}
	s.socket.SetReadLimit(bodyLimit)
	_ = s.socket.SetReadDeadline(time.Now().Add(firstMessageLimit))
	_, body, err := s.socket.ReadMessage()
	if err != nil {
		return nil, newError("INVALID_REQUEST", "message: the first one must be the request")
	}
	_ = s.socket.SetReadDeadline(time.Time{})
	return parseFields(body)
}

// watch discards what the client sends until it disconnects (B4). Reading also answers the client's pings.
func (s webSocketSink) watch() {
	defer close(s.disconnected)
	for {
		if _, _, err := s.socket.NextReader(); err != nil {
			return
		}
	}
}

// end sends an error event, if there is an error, and the close frame.
func (s webSocketSink) end(err *streamError) {
	code, reason := websocket.CloseNormalClosure, ""
	if err != nil {
		code, reason = errorKinds[err.Code].closeCode, err.Code
		if s.send("error", err) != nil {
			return
		}
	}
	_ = s.socket.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason))
}
