package main

import (
	"context"
	"errors"
	"io"
	"time"

	"rehearsal-go-gateway/agentpb"
)

const (
	// C5: the deadline of the agent's call.
	streamLimit = 2 * time.Minute
	// D3: the chunks that may wait in a stream. When they do, the receiver blocks, and the flow control of gRPC
	// slows the agent down.
	chunkLimit = 100
	// The HTTP status waits this long for the first chunk or the failure of the agent, so that an agent that is
	// down is a 503 rather than a 200 with an error event.
	openLimit = time.Second
	// An agent has this long to end its call after the final chunk. Cancelling each call would send a reset per
	// stream, and servers close connections that see many of them.
	endGrace = time.Second
)

// generation is a call of the agent.
type generation struct {
	// The chunks in their order; closed after the last one.
	chunks chan *agentpb.StreamChunk
	// Closed with the first chunk, or at the end of a call without one.
	started chan struct{}
	// Whether a chunk came; set once started is closed.
	hasChunk bool
	// Closed after the last chunk.
	ended chan struct{}
	// Why the call failed, nil if it did not; set once chunks is closed.
	err *streamError
	// Closed when nobody receives chunks any more.
	released chan struct{}
	cancel   context.CancelFunc
}

// open calls the agent. The call outlives the request of the client, whose context ends with its handler, by up
// to endGrace.
func (gw *gateway) open(request *agentpb.GenerateRequest) *generation {
	ctx, cancel := context.WithTimeout(context.Background(), streamLimit)
	g := &generation{
		chunks:   make(chan *agentpb.StreamChunk, chunkLimit),
		started:  make(chan struct{}),
		ended:    make(chan struct{}),
		released: make(chan struct{}),
		cancel:   cancel,
	}
	go func() {
		defer cancel()
		call, err := gw.agent.GenerateTextStream(ctx, request)
		if err != nil {
			g.end(errorOfCall(err))
			return
		}
		g.receive(call)
	}()
	return g
}

// awaitStart returns the error of a call that failed before its first chunk and within openLimit.
func (g *generation) awaitStart(clientGone <-chan struct{}) *streamError {
	limit := time.NewTimer(openLimit)
	defer limit.Stop()
	select {
	case <-g.started:
	case <-limit.C:
		return nil
	case <-clientGone:
		return nil
	}
	if g.hasChunk {
		return nil
	}
	<-g.ended
	return g.err
}

// release cancels the call (B4), unless it is ending by itself.
func (g *generation) release() {
	close(g.released)
	select {
	case <-g.ended:
	default:
		g.cancel()
	}
}

func (g *generation) receive(call agentpb.AIAgentService_GenerateTextStreamClient) {
	for isLast := false; !isLast; {
		chunk, err := call.Recv()
		if errors.Is(err, io.EOF) {
			// The text is complete without a final chunk too: the agent reports success.
			g.end(nil)
			return
		}
		if err != nil {
			g.end(errorOfCall(err))
			return
		}
		if !g.hasChunk {
			g.hasChunk = true
			close(g.started)
		}
		select {
		case g.chunks <- chunk:
		case <-g.released:
			return
		}
		isLast = g.endAfter(chunk)
	}
	defer time.AfterFunc(endGrace, g.cancel).Stop()
	for {
		if _, err := call.Recv(); err != nil {
			return
		}
	}
}

// endAfter returns whether a chunk was the last one (B3, C1).
func (g *generation) endAfter(chunk *agentpb.StreamChunk) bool {
	if chunk.GetError() != "" {
		g.end(newError("GENERATION_ERROR", chunk.GetError()))
		return true
	}
	if chunk.GetIsFinal() {
		g.end(nil)
		return true
	}
	return false
}

func (g *generation) end(err *streamError) {
	g.err = err
	close(g.chunks)
	close(g.ended)
	if !g.hasChunk {
		close(g.started)
	}
}
