package main

import (
	"go/types"
)

// checkApply says what is wrong with a classic project's function.
func (c *code) checkApply() []problem {
	function, ok := c.pkg.Scope().Lookup("Apply").(*types.Func)
	if !ok {
		c.problems.add(c.files[0].Package, "Apply", "", "expected func Apply(input T) (U, error)")
		return c.problems.list
	}
	signature := function.Type().(*types.Signature)
	results := signature.Results()
	good := signature.Params().Len() == 1 && signature.TypeParams().Len() == 0 &&
		(results.Len() == 1 || (results.Len() == 2 && isError(results.At(1).Type())))
	if !good {
		c.problems.add(function.Pos(), "Apply", "", "expected func Apply(input T) (U, error), but it is "+function.Type().String())
	}
	return c.problems.list
}
