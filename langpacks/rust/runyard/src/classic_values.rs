use crate::Bytes;
use serde::Serialize;
use serde_json::Value;

/// What an `apply` that takes anything is given.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    Text(String),
    Json(Value),
    Bytes(Vec<u8>),
}

/// What an `apply` gives that gives now text, now bytes, now JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Output {
    Text(String),
    Json(Value),
    Bytes(Bytes),
}
