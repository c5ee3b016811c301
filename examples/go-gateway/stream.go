package main

import (
	"strings"
	"time"

	"rehearsal-go-gateway/agentpb"
)

const (
	// D2: the distance of messages.
	pushInterval = 50 * time.Millisecond
	// C4
	pingInterval = 15 * time.Second
)

type message struct {
	Delta   string `json:"delta"`
	IsFinal bool   `json:"isFinal"`
}

type ping struct {
	Timestamp int64 `json:"timestamp"`
}

// sink is where the events of a stream go: an SSE response or a WebSocket. It blocks while the client does not
// read; the error says that the client is gone.
type sink interface {
	send(event string, data interface{}) error
	// Ends the stream, with an error event unless err is nil.
	end(err *streamError)
	// Closed when the client disconnects.
	gone() <-chan struct{}
}

// run sends the chunks of a generation as events, up to its one end: a final message or an error event.
//
// The first text leaves at once (D2). Then chunks wait in their channel until the interval is over, so never
// more than its capacity wait (D3), and leave as one message.
func (gw *gateway) run(g *generation, out sink, record *streamRecord) {
	pings := time.NewTicker(pingInterval)
	defer pings.Stop()
	pause := time.NewTimer(0)
	defer pause.Stop()
	<-pause.C
	// Nil, which blocks for ever, while the interval is not over.
	due := g.chunks
	for {
		select {
		case chunk, isOpen := <-due:
			text, isEnd := merge(chunk, isOpen, g.chunks)
			isFinal := isEnd && g.err == nil
			if text != "" || isFinal {
				if out.send("message", message{text, isFinal}) != nil {
					return
				}
				record.message(text)
				due = nil
				pause.Reset(pushInterval)
			}
			if isFinal {
				record.complete()
			}
			if isEnd {
				out.end(g.err)
				return
			}
		case <-pause.C:
			due = g.chunks
		case <-pings.C:
			if out.send("ping", ping{time.Now().Unix()}) != nil {
				return
			}
		case <-gw.stopping:
			gw.stop(g, out)
			return
		case <-out.gone():
			return
		}
	}
}

// merge returns the text of a received chunk and of all that wait behind it, and whether the call ended.
func merge(chunk *agentpb.StreamChunk, isOpen bool, chunks <-chan *agentpb.StreamChunk) (string, bool) {
	var text strings.Builder
	for isOpen {
		text.WriteString(chunk.GetDelta())
		if chunk.GetIsFinal() || chunk.GetError() != "" {
			// The channel is closed next, and with it the error is set.
			_, isOpen = <-chunks
			break
		}
		select {
		case chunk, isOpen = <-chunks:
		default:
			return text.String(), false
		}
	}
	return text.String(), true
}

// stop ends a stream because the gateway shuts down, after all text received so far (C2).
func (gw *gateway) stop(g *generation, out sink) {
	g.cancel()
	var text strings.Builder
	for chunk := range g.chunks {
		text.WriteString(chunk.GetDelta())
	}
	if text.Len() > 0 && out.send("message", message{text.String(), false}) != nil {
		return
	}
	out.end(newError("SHUTTING_DOWN", "the gateway was asked to stop"))
}
