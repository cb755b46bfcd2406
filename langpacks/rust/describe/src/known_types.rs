use serde_json::{json, Value};

/// Types of the standard library and of known crates that have no parameters.
pub fn scalar(name: &str) -> Option<Value> {
    Some(match name {
        "String" | "str" | "PathBuf" | "Path" => json!({"type": "string"}),
        "char" => json!({"type": "string", "minLength": 1, "maxLength": 1}),
        "bool" => json!({"type": "boolean"}),
        "f32" | "f64" => json!({"type": "number"}),
        "i64" | "i128" | "isize" => json!({"type": "integer"}),
        "u64" | "u128" | "usize" => json!({"type": "integer", "minimum": 0}),
        "i8" => whole(i64::from(i8::MIN), i64::from(i8::MAX)),
        "i16" => whole(i64::from(i16::MIN), i64::from(i16::MAX)),
        "i32" => whole(i64::from(i32::MIN), i64::from(i32::MAX)),
        "u8" => whole(0, i64::from(u8::MAX)),
        "u16" => whole(0, i64::from(u16::MAX)),
        "u32" => whole(0, i64::from(u32::MAX)),
        "NaiveDate" => json!({"type": "string", "format": "date"}),
        "NaiveTime" => json!({"type": "string", "format": "time"}),
        "Uuid" => json!({"type": "string", "format": "uuid"}),
        "Url" => json!({"type": "string", "format": "uri"}),
        "Value" => json!({}),
        "Bytes" => bytes(),
        _ => return None,
    })
}

fn whole(minimum: i64, maximum: i64) -> Value {
    json!({"type": "integer", "minimum": minimum, "maximum": maximum})
}

fn bytes() -> Value {
    json!({
        "type": "object",
        "properties": {"$binary": {"type": "string"}},
        "required": ["$binary"],
        "additionalProperties": false,
        "x-type": "bytes",
    })
}

pub fn date_time() -> Value {
    json!({"type": "string", "format": "date-time"})
}

pub fn nullable(schema: Value) -> Value {
    json!({"anyOf": [schema, {"type": "null"}]})
}

/// An object with the given properties and nothing else.
pub fn object(properties: Value, required: &[String]) -> Value {
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}
