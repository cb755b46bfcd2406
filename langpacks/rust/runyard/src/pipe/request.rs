use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashMap;

/// One line of the parent.
#[derive(Deserialize)]
pub struct Request {
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    pub algorithm: String,
    #[serde(default)]
    pub args: Option<HashMap<String, Box<RawValue>>>,
    #[serde(default)]
    pub batch: Option<Vec<Box<RawValue>>>,
    #[serde(default)]
    pub cancel: Option<String>,
    #[serde(default)]
    pub called: Option<String>,
    #[serde(default)]
    pub result: Option<Box<RawValue>>,
    #[serde(default)]
    pub error: Option<Box<RawValue>>,
}

/// What can be read of a line that is no request.
#[derive(Deserialize)]
pub struct Named {
    pub id: String,
}
