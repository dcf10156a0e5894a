package wire

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
)

// EncodeObject writes a struct and further fields as one JSON object. The struct
// must not have a MarshalJSON that calls EncodeObject. A further field with the
// name of a declared one replaces it.
func EncodeObject(declared any, further map[string]json.RawMessage) ([]byte, error) {
	text, err := json.Marshal(declared)
	if err != nil || len(further) == 0 {
		return text, err
	}
	object := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &object); err != nil {
		return nil, err
	}
	maps.Copy(object, further)
	return json.Marshal(object)
}

// DecodeObject reads a JSON object into the struct that declared points at, and
// what the struct does not declare into further. Names must be exact: encoding/json
// would fill a field from a name in other letter case too, and a tenant's own
// field would be lost.
func DecodeObject(text []byte, declared any, further *map[string]json.RawMessage) error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil {
		return err
	}

	for field, value := range reflect.ValueOf(declared).Elem().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		raw, given := object[name]
		if !given || name == "-" {
			continue
		}
		if err := json.Unmarshal(raw, value.Addr().Interface()); err != nil {
			return fmt.Errorf("error reading '%s': %w", name, err)
		}
		delete(object, name)
	}

	if len(object) > 0 {
		*further = object
	}
	return nil
}
