package pipe

import "encoding/json"

// message is one line of the parent.
type message struct {
	id, algorithm  string
	args, batch    json.RawMessage
	cancel, called string
	result, err    json.RawMessage
}

func parseMessage(line []byte) (*message, error) {
	made := &message{}
	r := reader{data: line}
	err := r.object(func(key string) (err error) {
		switch key {
		case "id":
			made.id, err = r.text()
		case "algorithm":
			made.algorithm, err = r.text()
		case "args":
			made.args, err = r.raw()
		case "batch":
			made.batch, err = r.raw()
		case "cancel":
			made.cancel, err = r.text()
		case "called":
			made.called, err = r.text()
		case "result":
			made.result, err = r.raw()
		case "error":
			made.err, err = r.raw()
		default:
			err = r.skip()
		}
		return err
	})
	return made, err
}
