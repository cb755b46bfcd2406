// Each function whose name begins with Run is an algorithm: described, validated, queued and served.
package main

import (
	"strings"
	"unicode/utf8"
)

// Counted is what there is in a text.
type Counted struct {
	Words      int `json:"words"`
	Characters int `json:"characters"`
}

// Run___ALGO__ counts words and characters.
//
//   - text: what to count
//   - times: how often the text counts {@minimum 1} {@default 1}
func Run___ALGO__(text string, times int) Counted {
	return Counted{
		Words:      len(strings.Fields(text)) * times,
		Characters: utf8.RuneCountInString(text) * times,
	}
}
