use serde::Deserialize;
use serde_json::Value;
use std::error::Error;
use std::fmt;

/// The caller sent a value the algorithm cannot work with: the task ends at once and is not tried again.
#[derive(Debug, Clone)]
pub struct InvalidInput {
    pub message: String,
    /// The argument that is wrong, as `image_url` or `/items/3/name`.
    pub path: Option<String>,
}

impl InvalidInput {
    pub fn new(message: impl Into<String>) -> Self {
        InvalidInput {
            message: message.into(),
            path: None,
        }
    }

    /// Says which argument is wrong.
    pub fn at(path: impl Into<String>, message: impl Into<String>) -> Self {
        InvalidInput {
            message: message.into(),
            path: Some(path.into()),
        }
    }
}

impl fmt::Display for InvalidInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for InvalidInput {}

/// Something the request points at, such as the address of an image, could not be fetched.
#[derive(Debug, Clone)]
pub struct RequestError {
    /// The HTTP status that came back.
    pub status: i64,
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error fetching request image, received {}", self.status)
    }
}

impl Error for RequestError {}

/// How another algorithm failed that was run by [`Context::call`](crate::Context::call).
#[derive(Debug, Clone, Deserialize)]
pub struct CallError {
    pub message: String,
    /// The class of the exception, as the other algorithm's language names it.
    pub error_type: String,
    #[serde(default)]
    pub errors: Option<Value>,
    #[serde(default)]
    pub status: Option<Value>,
}

impl CallError {
    pub(crate) fn new(error_type: &str, message: impl Into<String>) -> Self {
        CallError {
            message: message.into(),
            error_type: error_type.to_owned(),
            errors: None,
            status: None,
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for CallError {}

/// The end of a run that somebody cancelled.
#[derive(Debug, Clone, Copy)]
pub struct Cancelled;

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("The run was cancelled")
    }
}

impl Error for Cancelled {}
