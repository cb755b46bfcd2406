package main

import (
	"go/token"
	"path/filepath"
)

// problem is something in an adapter that cannot be described.
type problem struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Function string `json:"function,omitempty"`
	Argument string `json:"argument,omitempty"`
	Message  string `json:"message"`
}

// problems collects what is wrong, so that all of it is told at once.
type problems struct {
	dir  string
	fset *token.FileSet
	list []problem
}

func (p *problems) add(at token.Pos, function, argument, message string) {
	position := p.fset.Position(at)
	file, err := filepath.Rel(p.dir, position.Filename)
	if err != nil {
		file = position.Filename
	}
	p.list = append(p.list, problem{file, position.Line, function, argument, message})
}
