use serde_json::{json, Map, Value};

/// Tags and the type they constrain; "" is any.
const KINDS: &[(&str, &str)] = &[
    ("minimum", "number"),
    ("maximum", "number"),
    ("exclusiveMinimum", "number"),
    ("exclusiveMaximum", "number"),
    ("multipleOf", "number"),
    ("minLength", "string"),
    ("maxLength", "string"),
    ("pattern", "string"),
    ("format", "string"),
    ("minItems", "array"),
    ("maxItems", "array"),
    ("uniqueItems", "array"),
    ("minProperties", "object"),
    ("maxProperties", "object"),
    ("default", ""),
    ("example", ""),
    ("title", ""),
    ("deprecated", ""),
];

/// Puts what words say into a schema: a description, and tags in braces such as `{@minimum 1}`.
pub fn constrain(mut schema: Value, words: &str) -> Result<Value, String> {
    let (text, tags) = take_tags(words)?;
    if !text.is_empty() {
        schema["description"] = json!(text);
    }
    for (keyword, text) in tags {
        apply(&mut schema, &keyword, &text)?;
    }
    Ok(schema)
}

fn take_tags(words: &str) -> Result<(String, Vec<(String, String)>), String> {
    let mut rest = words.to_owned();
    let mut tags = Vec::new();
    while let Some(start) = rest.find("{@") {
        let end = closing_brace(&rest, start)
            .ok_or_else(|| format!("a {{ without its }}: {}", &rest[start..]))?;
        let inside = &rest[start + 2..end];
        let (keyword, text) = inside.split_once(' ').unwrap_or((inside, ""));
        tags.push((keyword.to_owned(), text.trim().to_owned()));
        rest = format!(
            "{} {}",
            rest[..start].trim_end(),
            rest[end + 1..].trim_start()
        );
    }
    Ok((rest.trim().to_owned(), tags))
}

fn closing_brace(text: &str, start: usize) -> Option<usize> {
    let mut open = 0;
    for (at, letter) in text[start..].char_indices() {
        match letter {
            '{' => open += 1,
            '}' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Some(start + at);
        }
    }
    None
}

fn apply(schema: &mut Value, keyword: &str, text: &str) -> Result<(), String> {
    let (_, kind) = KINDS
        .iter()
        .find(|(name, _)| *name == keyword)
        .ok_or_else(|| {
            format!("{{@{keyword}}} is no constraint of JSON Schema that is known here")
        })?;
    let target = branch_of(schema, kind)
        .ok_or_else(|| format!("{{@{keyword}}} is for a {kind}, which this is not"))?;
    let value = value_of(keyword, text, target)?;
    if keyword == "example" {
        target.insert("examples".to_owned(), json!([value]));
    } else {
        target.insert(keyword.to_owned(), value);
    }
    Ok(())
}

/// The part of a schema for values of a kind: the schema itself, or what stands beside null.
fn branch_of<'a>(schema: &'a mut Value, kind: &str) -> Option<&'a mut Map<String, Value>> {
    let own = schema.get("type").and_then(Value::as_str);
    if kind.is_empty() || own == Some(kind) || (kind == "number" && own == Some("integer")) {
        return schema.as_object_mut();
    }
    let branches = schema.get_mut("anyOf")?.as_array_mut()?;
    branches
        .iter_mut()
        .find_map(|branch| branch_of(branch, kind))
}

fn value_of(keyword: &str, text: &str, schema: &Map<String, Value>) -> Result<Value, String> {
    let parsed: Option<Value> = serde_json::from_str(text).ok();
    match keyword {
        "pattern" | "format" | "title" if text.is_empty() => {
            Err(format!("{{@{keyword}}} takes words after it"))
        }
        "pattern" | "format" | "title" => Ok(json!(text)),
        "uniqueItems" | "deprecated" => Ok(json!(text != "false")),
        "default" | "example" => {
            let is_text = schema.get("type").and_then(Value::as_str) == Some("string");
            match parsed {
                Some(value) if !is_text || value.is_string() => Ok(value),
                _ if is_text => Ok(json!(text)),
                _ => Err(format!("{{@{keyword}}} takes JSON, but says {text:?}")),
            }
        }
        _ => parsed
            .filter(Value::is_number)
            .ok_or_else(|| format!("{{@{keyword}}} takes a number, but says {text:?}")),
    }
}
