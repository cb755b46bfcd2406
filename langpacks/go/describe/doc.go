package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// comment is a doc comment taken apart.
type comment struct {
	text      string
	arguments map[string]string
}

var (
	// argumentLine is "- name: words" in a list, or "@param name words".
	argumentLine = regexp.MustCompile(`^\s*(?:[-*]\s+(\w+):|@param\s+(\w+)(?:\s+-)?)\s*(.*)$`)
	resultLine   = regexp.MustCompile(`^\s*@returns?\s+(.*)$`)
)

// returned is the name under which a comment's words about the result are kept.
const returned = "return"

// parseComment splits a function's comment into what it says of the function and of each argument. Go's comments begin
// with the function's name, which callers do not know.
func parseComment(text, function string) comment {
	made := comment{arguments: map[string]string{}}
	var words []string
	argument := ""
	for _, line := range strings.Split(text, "\n") {
		if found := argumentLine.FindStringSubmatch(line); found != nil {
			argument = found[1] + found[2]
			made.arguments[argument] = found[3]
		} else if found := resultLine.FindStringSubmatch(line); found != nil {
			argument = returned
			made.arguments[argument] = found[1]
		} else if strings.TrimSpace(line) == "" || argument == "" {
			argument = ""
			words = append(words, line)
		} else {
			made.arguments[argument] += " " + strings.TrimSpace(line)
		}
	}
	made.text = withoutName(strings.TrimSpace(strings.Join(words, "\n")), function)
	return made
}

func withoutName(text, function string) string {
	rest := strings.TrimPrefix(text, function+" ")
	if rest == text || rest == "" {
		return text
	}
	return strings.ToUpper(rest[:1]) + rest[1:]
}

// constraint is a tag in braces, such as {@minimum 1}.
type constraint struct {
	keyword string
	text    string
}

// parseConstraints takes the tags out of words.
func parseConstraints(words string) (string, []constraint, error) {
	var found []constraint
	for {
		start := strings.Index(words, "{@")
		if start < 0 {
			return strings.TrimSpace(words), found, nil
		}
		end := closingBrace(words, start)
		if end < 0 {
			return words, found, fmt.Errorf("a { without its }: %s", words[start:])
		}
		keyword, text, _ := strings.Cut(words[start+2:end], " ")
		found = append(found, constraint{keyword, strings.TrimSpace(text)})
		words = strings.TrimSpace(words[:start]) + " " + strings.TrimSpace(words[end+1:])
	}
}

func closingBrace(words string, start int) int {
	open := 0
	for i := start; i < len(words); i++ {
		switch words[i] {
		case '{':
			open++
		case '}':
			if open--; open == 0 {
				return i
			}
		}
	}
	return -1
}

// kinds says which type a keyword constrains; "" is any.
var kinds = map[string]string{
	"minimum": "number", "maximum": "number", "exclusiveMinimum": "number", "exclusiveMaximum": "number",
	"multipleOf": "number", "minLength": "string", "maxLength": "string", "pattern": "string", "format": "string",
	"minItems": "array", "maxItems": "array", "uniqueItems": "array", "minProperties": "object",
	"maxProperties": "object", "default": "", "const": "", "title": "", "deprecated": "", "example": "",
}

// constrain puts what words say into a schema.
func constrain(schema jsonSchema, words string) (jsonSchema, error) {
	text, found, err := parseConstraints(words)
	if err != nil {
		return schema, err
	}
	made := jsonSchema{}
	for key, value := range schema {
		made[key] = value
	}
	if text != "" {
		made["description"] = text
	}
	for _, one := range found {
		if err := apply(made, one); err != nil {
			return schema, err
		}
	}
	return made, nil
}

func apply(schema jsonSchema, one constraint) error {
	kind, known := kinds[one.keyword]
	if !known {
		return fmt.Errorf("{@%s} is no constraint of JSON Schema that is known here", one.keyword)
	}
	if target := branchOf(schema, kind); target == nil {
		return fmt.Errorf("{@%s} is for a %s, which this is not", one.keyword, kind)
	} else if value, err := valueOf(one, target); err != nil {
		return err
	} else if one.keyword == "example" {
		schema["examples"] = []any{value}
	} else if one.keyword == "const" {
		delete(target, "enum")
		target["const"] = value
	} else {
		target[one.keyword] = value
	}
	return nil
}

// branchOf finds the part of a schema for values of a kind: the schema itself, or what stands beside null.
func branchOf(schema jsonSchema, kind string) jsonSchema {
	if kind == "" || schema["type"] == kind || (kind == "number" && schema["type"] == "integer") {
		return schema
	}
	branches, _ := schema["anyOf"].([]any)
	for i, branch := range branches {
		found := branchOf(branch.(jsonSchema), kind)
		if found != nil {
			copied := jsonSchema{}
			for key, value := range branch.(jsonSchema) {
				copied[key] = value
			}
			branches = append(append(append([]any(nil), branches[:i]...), copied), branches[i+1:]...)
			schema["anyOf"] = branches
			return copied
		}
	}
	return nil
}

// valueOf reads a tag's text: words for a string, JSON for everything else.
func valueOf(one constraint, schema jsonSchema) (any, error) {
	switch one.keyword {
	case "pattern", "format", "title":
		if one.text == "" {
			return nil, fmt.Errorf("{@%s} takes words after it", one.keyword)
		}
		return one.text, nil
	case "uniqueItems", "deprecated":
		return one.text != "false", nil
	}
	var value any
	err := json.Unmarshal([]byte(one.text), &value)
	_, isText := value.(string)
	_, isNumber := value.(float64)
	free := one.keyword == "default" || one.keyword == "const" || one.keyword == "example"
	switch {
	case free && schema["type"] == "string" && !isText:
		return one.text, nil
	case err == nil && (free || isNumber):
		return json.RawMessage(one.text), nil
	case free:
		return nil, fmt.Errorf("{@%s} takes JSON, but says %q", one.keyword, one.text)
	}
	return nil, fmt.Errorf("{@%s} takes a number, but says %q", one.keyword, one.text)
}
