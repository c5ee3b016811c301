package main

import (
	"github.com/gin-gonic/gin"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// streamError is the body of an HTTP error and the data of an error event (A4, C3).
type streamError struct {
	Message string `json:"error"`
	Code    string `json:"code"`
	Details string `json:"details"`
}

type errorKind struct {
	httpStatus int
	// The close code of a WebSocket.
	closeCode int
	message   string
}

var errorKinds = map[string]errorKind{
	"INVALID_REQUEST":    {400, 1008, "The request is not valid"},
	"UNAUTHENTICATED":    {401, 1008, "The request is not authenticated"},
	"FORBIDDEN":          {403, 1008, "The request is not allowed"},
	"NOT_FOUND":          {404, 1008, "Not found"},
	"METHOD_NOT_ALLOWED": {405, 1008, "This method is not allowed here"},
	"CONFLICT":           {409, 1008, "The request conflicts with another"},
	"PAYLOAD_TOO_LARGE":  {413, 1009, "The request is too large"},
	"RATE_LIMITED":       {429, 1013, "Too many requests"},
	"GENERATION_ERROR":   {500, 1011, "The generation failed"},
	"NOT_IMPLEMENTED":    {501, 1011, "Not implemented"},
	"AGENT_UNAVAILABLE":  {503, 1013, "The agent cannot be reached"},
	"SHUTTING_DOWN":      {503, 1013, "The gateway is shutting down"},
	"TIMEOUT":            {504, 1011, "The generation took too long"},
}

// codeOfStatus has the error code of each gRPC status; the others are GENERATION_ERROR. CANCELLED means that
// the agent went away: the gateway itself cancels only for clients that are gone.
var codeOfStatus = map[codes.Code]string{
	codes.InvalidArgument:    "INVALID_REQUEST",
	codes.FailedPrecondition: "INVALID_REQUEST",
	codes.OutOfRange:         "INVALID_REQUEST",
	codes.Unauthenticated:    "UNAUTHENTICATED",
	codes.PermissionDenied:   "FORBIDDEN",
	codes.NotFound:           "NOT_FOUND",
	codes.AlreadyExists:      "CONFLICT",
	codes.Aborted:            "CONFLICT",
	codes.ResourceExhausted:  "RATE_LIMITED",
	codes.Unimplemented:      "NOT_IMPLEMENTED",
	codes.Unavailable:        "AGENT_UNAVAILABLE",
	codes.Canceled:           "AGENT_UNAVAILABLE",
	codes.DeadlineExceeded:   "TIMEOUT",
}

func newError(code, details string) *streamError {
	return &streamError{Message: errorKinds[code].message, Code: code, Details: details}
}

// errorOfCall returns the error for a call that the agent, or its connection, ended with err.
func errorOfCall(err error) *streamError {
	end := status.Convert(err)
	code, isKnown := codeOfStatus[end.Code()]
	if !isKnown {
		code = "GENERATION_ERROR"
	}
	return newError(code, end.Message())
}

// refuse answers with an HTTP error before a stream starts.
func refuse(c *gin.Context, err *streamError) {
	c.AbortWithStatusJSON(errorKinds[err.Code].httpStatus, err)
}
