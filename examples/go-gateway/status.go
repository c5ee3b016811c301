package main

import (
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
)

// monitor has the metrics of E3, as sums since the start.
type monitor struct {
	mutex  sync.Mutex
	totals totals
}

type totals struct {
	OpenStreams      int `json:"openStreams"`
	Connections      int `json:"connections"`
	AcceptedStreams  int `json:"acceptedStreams"`
	CompletedStreams int `json:"completedStreams"`

	withText     int
	withInterval int
	firstChunk   time.Duration
	interval     time.Duration
}

// streamRecord measures one stream.
type streamRecord struct {
	monitor     *monitor
	arrivedAt   time.Time
	firstAt     time.Time
	lastAt      time.Time
	messages    int
	isAccepted  bool
	isCompleted bool
}

func (m *monitor) arrived() *streamRecord {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.totals.OpenStreams++
	return &streamRecord{monitor: m, arrivedAt: time.Now()}
}

func (r *streamRecord) accept()   { r.isAccepted = true }
func (r *streamRecord) complete() { r.isCompleted = true }

func (r *streamRecord) message(text string) {
	if text == "" {
		return
	}
	r.lastAt = time.Now()
	if r.messages == 0 {
		r.firstAt = r.lastAt
	}
	r.messages++
}

func (r *streamRecord) close() {
	r.monitor.mutex.Lock()
	defer r.monitor.mutex.Unlock()
	t := &r.monitor.totals
	t.OpenStreams--
	t.Connections++
	if r.isAccepted {
		t.AcceptedStreams++
	}
	if r.isCompleted {
		t.CompletedStreams++
	}
	if r.messages > 0 {
		t.withText++
		t.firstChunk += r.firstAt.Sub(r.arrivedAt)
	}
	if r.messages > 1 {
		t.withInterval++
		t.interval += r.lastAt.Sub(r.firstAt) / time.Duration(r.messages-1)
	}
}

func (m *monitor) report(c *gin.Context) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	c.JSON(http.StatusOK, struct {
		totals
		MeanFirstChunkMs float64 `json:"meanFirstChunkMs"`
		MeanIntervalMs   float64 `json:"meanIntervalMs"`
	}{m.totals, meanMs(m.totals.firstChunk, m.totals.withText), meanMs(m.totals.interval, m.totals.withInterval)})
}

func meanMs(sum time.Duration, count int) float64 {
	if count == 0 {
		return 0
	}
	return float64(sum.Microseconds()) / 1000 / float64(count)
}
