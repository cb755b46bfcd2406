use proc_macro2::Span;
use serde_json::{json, Value};
use std::error::Error;
use std::path::{Path, PathBuf};

/// What is wrong with an adapter: all of it is told at once.
pub struct Problems {
    root: PathBuf,
    list: Vec<Value>,
}

impl Problems {
    pub fn new(root: &Path) -> Self {
        Problems {
            root: root.to_owned(),
            list: Vec::new(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// `function` and `argument` may be empty.
    pub fn add(
        &mut self,
        file: &Path,
        at: Span,
        function: &str,
        argument: &str,
        message: impl Into<String>,
    ) {
        let file = file
            .strip_prefix(&self.root)
            .unwrap_or(file)
            .to_string_lossy()
            .into_owned();
        let named = |name: &str| {
            if name.is_empty() {
                Value::Null
            } else {
                json!(name)
            }
        };
        self.list.push(json!({
            "file": file,
            "line": at.start().line,
            "function": named(function),
            "argument": named(argument),
            "message": message.into(),
        }));
    }

    pub fn to_json(&self) -> Value {
        json!(self.list)
    }

    /// For a project that is not asked for its algorithms, so that nobody reads the answer.
    pub fn into_result(self) -> Result<(), Box<dyn Error>> {
        if self.list.is_empty() {
            return Ok(());
        }
        let text = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
        let lines: Vec<String> = self
            .list
            .iter()
            .map(|one| {
                format!(
                    "{}:{}: {}",
                    text(one, "file"),
                    one["line"],
                    text(one, "message")
                )
            })
            .collect();
        Err(lines.join("\n").into())
    }
}
