package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"rehearsal-go-gateway/agentpb"
)

type received struct {
	chunk *agentpb.StreamChunk
	err   error
}

// generateFragment is the gateway that the specification sketches: a channel of 100 chunks, a ticker of 50 ms
// that flushes a text buffer, a ticker of 15 s for pings, a context of 2 minutes, and errors as events. It is
// written down from the specification's description, with the defects that its Readings name; README.md lists
// them.
func (gw *gateway) generateFragment(c *gin.Context) {
	var body struct {
		Prompt string `json:"prompt" binding:"required"`
		Model  string `json:"model"`
	}
	if err := c.ShouldBindJSON(&body); err != nil {
		c.JSON(http.StatusBadRequest, gin.H{"error": err.Error()})
		return
	}
	if body.Model == "" {
		body.Model = defaultModel
	}
	c.Header("Content-Type", "text/event-stream")
	c.Header("Cache-Control", "no-cache")
	c.Header("Connection", "keep-alive")
	c.Header("X-Accel-Buffering", "no")
	c.Header("Access-Control-Allow-Origin", "*")

	ctx, cancel := context.WithTimeout(c.Request.Context(), streamLimit)
	defer cancel()
	stream, err := gw.agent.GenerateTextStream(ctx, &agentpb.GenerateRequest{Prompt: body.Prompt, Model: body.Model})
	if err != nil {
		sendFragmentError(c, err)
		return
	}
	chunks := make(chan received, chunkLimit)
	go receiveFragment(ctx, stream, chunks)

	ticker := time.NewTicker(pushInterval)
	defer ticker.Stop()
	pings := time.NewTicker(pingInterval)
	defer pings.Stop()
	var buffer strings.Builder
	c.Stream(func(io.Writer) bool {
		select {
		case next, isOpen := <-chunks:
			if !isOpen {
				// The final message is lost when the ticker has just emptied the buffer.
				if buffer.Len() > 0 {
					c.SSEvent("message", gin.H{"delta": buffer.String(), "isFinal": true})
				}
				return false
			}
			if next.err != nil {
				// What the buffer holds is lost.
				sendFragmentError(c, next.err)
				return false
			}
			buffer.WriteString(next.chunk.Delta)
		case <-ticker.C:
			if buffer.Len() > 0 {
				c.SSEvent("message", gin.H{"delta": buffer.String(), "isFinal": false})
				buffer.Reset()
			}
		case <-pings.C:
			c.SSEvent("ping", gin.H{"timestamp": time.Now().Unix()})
		}
		return true
	})
}

func receiveFragment(ctx context.Context, stream agentpb.AIAgentService_GenerateTextStreamClient, chunks chan<- received) {
	defer close(chunks)
	for {
		chunk, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return
		}
		if err == nil && chunk.Error != "" {
			err = errors.New(chunk.Error)
		}
		select {
		case chunks <- received{chunk, err}:
		case <-ctx.Done():
			return
		}
		if err != nil || chunk.IsFinal {
			return
		}
	}
}

func sendFragmentError(c *gin.Context, err error) {
	c.SSEvent("error", gin.H{"error": "The generation failed", "code": "GENERATION_ERROR", "details": err.Error()})
}
