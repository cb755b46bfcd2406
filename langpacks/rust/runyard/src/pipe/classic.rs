use super::answers::Answers;
use super::encode::encode;
use super::failure::Failure;
use super::panics::{caught, install_hook};
use super::serve::{open_answers, spawn, DEFAULT_TARGET};
use crate::{base64, Input};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{json, Value};
use std::io::{self, BufRead, Write};
use std::process::exit;

/// A request of version 1.
#[derive(Deserialize)]
pub struct ClassicRequest {
    content_type: String,
    data: Box<RawValue>,
}

/// Serves a function by version 1 of the pipe until the input ends, and ends the process.
pub fn serve_apply(apply: fn(ClassicRequest) -> Result<String, Failure>) -> ! {
    install_hook();
    let kept = std::env::var_os("ALGOOUT").map(|_| open_answers());
    println!("PIPE_INIT_COMPLETE");
    let worker = spawn(move || {
        for line in io::stdin().lock().lines() {
            let line = match line {
                Ok(line) => line,
                Err(error) => {
                    eprintln!("The input broke: {error}");
                    break;
                }
            };
            let document = answer(&line, apply);
            let _ = io::stdout().flush();
            match &kept {
                Some(answers) => answers.write_text(&document),
                None => write_once(&document),
            }
        }
    });
    let _ = worker.join();
    exit(0)
}

/// The FIFO of old is opened, written and closed for each answer.
fn write_once(document: &str) {
    match Answers::open(DEFAULT_TARGET) {
        Ok(answers) => answers.write_text(document),
        Err(error) => {
            eprintln!("{DEFAULT_TARGET} cannot be opened: {error}");
            exit(1);
        }
    }
}

fn answer(line: &str, apply: fn(ClassicRequest) -> Result<String, Failure>) -> String {
    let outcome = serde_json::from_str(line)
        .map_err(|error| Failure::invalid("", format_args!("the request cannot be read: {error}")))
        .and_then(|request| caught(|| apply(request)));
    outcome.unwrap_or_else(|failure| format!("{{\"error\":{}}}\n", json!(failure)))
}

/// The input of an `apply` that takes text or JSON.
pub fn classic_input<T: DeserializeOwned>(request: &ClassicRequest) -> Result<T, Failure> {
    if request.content_type == "binary" {
        let marked = format!("{{\"$binary\":{}}}", request.data.get());
        return serde_json::from_str(&marked)
            .map_err(|_| Failure::invalid("", "the algorithm takes text or JSON, not bytes"));
    }
    serde_json::from_str(request.data.get())
        .map_err(|error| Failure::invalid("", format_args!("the input does not fit: {error}")))
}

/// The input of an `apply` that takes anything; text within JSON is text too.
pub fn classic_any(request: &ClassicRequest) -> Result<Input, Failure> {
    if request.content_type == "binary" {
        return classic_bytes(request).map(Input::Bytes);
    }
    Ok(match classic_input(request)? {
        Value::String(text) => Input::Text(text),
        value => Input::Json(value),
    })
}

/// The input of an `apply` that takes bytes.
pub fn classic_bytes(request: &ClassicRequest) -> Result<Vec<u8>, Failure> {
    let text: String = match request.content_type.as_str() {
        "json" => return classic_input(request),
        _ => classic_input(&ClassicRequest {
            content_type: "text".to_owned(),
            data: request.data.clone(),
        })?,
    };
    if request.content_type == "text" {
        return Ok(text.into_bytes());
    }
    base64::decode(&text).ok_or_else(|| Failure::invalid("", "the data is no base64"))
}

/// The answer for a result: text, bytes or JSON by what it is.
pub fn classic_result<T: Serialize>(value: T) -> Result<String, Failure> {
    let text = encode(&value).map_err(|problem| Failure::unsendable(&problem))?;
    let bytes = text
        .strip_prefix("{\"$binary\":")
        .and_then(|rest| rest.strip_suffix('}'));
    let (text, content_type) = match bytes {
        Some(base64) if base64.ends_with('"') => (base64, "binary"),
        _ if text.starts_with('"') => (text.as_str(), "text"),
        _ => (text.as_str(), "json"),
    };
    Ok(format!(
        "{{\"result\":{text},\"metadata\":{{\"content_type\":\"{content_type}\"}}}}\n"
    ))
}
