package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"rehearsal-go-gateway/agentpb"
)

const (
	defaultModel = "gpt-4"
	bodyLimit    = 1 << 20
)

// fields are what a client sends: the JSON body of a POST, or the query of a GET. Unknown fields are ignored,
// as is stream: the response is always a stream (A1).
type fields struct {
	Prompt *string `json:"prompt"`
	Model  *string `json:"model"`
}

// readRequest reads the JSON body of a POST (A2), or the query of a GET, which is all that an EventSource can
// send (A3).
func readRequest(c *gin.Context) (*agentpb.GenerateRequest, *streamError) {
	if c.Request.Method == http.MethodGet {
		return checkFields(fieldsOfQuery(c))
	}
	body, err := c.GetRawData()
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, newError("PAYLOAD_TOO_LARGE", "body: must not exceed 1 MiB")
	}
	if err != nil {
		return nil, newError("INVALID_REQUEST", "body: ended early")
	}
	return parseFields(body)
}

func fieldsOfQuery(c *gin.Context) fields {
	var sent fields
	if prompt, isSent := c.GetQuery("prompt"); isSent {
		sent.Prompt = &prompt
	}
	if model, isSent := c.GetQuery("model"); isSent {
		sent.Model = &model
	}
	return sent
}

func parseFields(body []byte) (*agentpb.GenerateRequest, *streamError) {
	var sent fields
	err := json.Unmarshal(body, &sent)
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) && wrongType.Field != "" {
		return nil, newError("INVALID_REQUEST", wrongType.Field+": must be a string")
	}
	if err != nil {
		return nil, newError("INVALID_REQUEST", "body: must be a JSON object with a prompt")
	}
	return checkFields(sent)
}

func checkFields(sent fields) (*agentpb.GenerateRequest, *streamError) {
	if sent.Prompt == nil {
		return nil, newError("INVALID_REQUEST", "prompt: is required")
	}
	model := defaultModel
	if sent.Model != nil {
		model = *sent.Model
	}
	for _, field := range []struct{ name, text string }{{"prompt", *sent.Prompt}, {"model", model}} {
		if field.text == "" {
			return nil, newError("INVALID_REQUEST", field.name+": must not be empty")
		}
		if !utf8.ValidString(field.text) {
			return nil, newError("INVALID_REQUEST", field.name+": must be UTF-8")
		}
	}
	return &agentpb.GenerateRequest{Prompt: *sent.Prompt, Model: model}, nil
}
