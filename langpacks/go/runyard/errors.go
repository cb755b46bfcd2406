// Package runyard is what an adapter may import: errors that say whose fault a failure is, the context of a run, results
// of batches, and limits.
package runyard

import (
	"encoding/json"
	"fmt"
)

// InvalidInput says that the caller sent a value the algorithm cannot work with: the task ends at once and is not tried
// again.
type InvalidInput struct {
	Message string
	// Path is the argument that is wrong, as "image_url" or "/items/3/name".
	Path string
}

func (e InvalidInput) Error() string { return e.Message }

// RequestError says that something the request points at, such as the address of an image, could not be fetched.
type RequestError struct {
	// Status is the HTTP status that came back; 0 where there was none.
	Status int
	// Message replaces "Error fetching request image, received <status>".
	Message string
}

func (e RequestError) Error() string {
	if e.Message != "" {
		return e.Message
	}
	return fmt.Sprintf("Error fetching request image, received %d", e.Status)
}

// CallError tells how another algorithm failed that was run by Context.Call.
type CallError struct {
	Message string `json:"message"`
	// Type is the class of the exception, as the other algorithm's language names it.
	Type   string          `json:"error_type"`
	Errors json.RawMessage `json:"errors,omitempty"`
	Status json.RawMessage `json:"status,omitempty"`
}

func (e *CallError) Error() string { return e.Message }

// Cancelled is the end of a run that somebody cancelled.
type Cancelled struct{}

func (Cancelled) Error() string { return "The run was cancelled" }
