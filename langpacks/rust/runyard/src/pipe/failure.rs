use super::encode::Unsendable;
use crate::{CallError, Cancelled, InvalidInput, RequestError};
use serde::Serialize;
use serde_json::{json, Value};
use std::any::{type_name, Any};
use std::error::Error;
use std::fmt::{Debug, Display};

const MAX_STACK: usize = 60_000;

/// An error as the pipe tells it.
#[derive(Debug, Default, Serialize)]
pub struct Failure {
    pub message: String,
    pub error_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stacktrace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Value>,
}

type Boxed = Box<dyn Error>;
type BoxedSend = Box<dyn Error + Send + Sync>;

impl Failure {
    pub fn new(error_type: &str, message: impl Into<String>) -> Self {
        Failure {
            message: message.into(),
            error_type: error_type.to_owned(),
            ..Failure::default()
        }
    }

    /// What a function returned as its error.
    pub fn of<E: Display + Debug + 'static>(error: E) -> Self {
        let any: &dyn Any = &error;
        let mut failure = if let Some(inner) = any.downcast_ref::<BoxedSend>() {
            Failure::of_dyn(&**inner)
        } else if let Some(inner) = any.downcast_ref::<Boxed>() {
            Failure::of_dyn(&**inner)
        } else {
            let mut plain = Failure::new(short_name(type_name::<E>()), error.to_string());
            plain.classify(any.downcast_ref(), any.downcast_ref(), any.downcast_ref());
            plain
        };
        failure
            .stacktrace
            .get_or_insert_with(|| format!("{error:?}"));
        failure
    }

    /// Where only the trait is known, what the type writes of itself begins with its name.
    fn of_dyn(error: &(dyn Error + 'static)) -> Self {
        let text = format!("{error:?}");
        let name: String = text
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        let is_name = name.starts_with(char::is_uppercase);
        let mut failure = Failure::new(if is_name { &name } else { "Error" }, error.to_string());
        let mut cause = Some(error);
        while let Some(one) = cause {
            failure.classify(one.downcast_ref(), one.downcast_ref(), one.downcast_ref());
            cause = one.source();
        }
        failure
    }

    fn classify(
        &mut self,
        invalid: Option<&InvalidInput>,
        request: Option<&RequestError>,
        call: Option<&CallError>,
    ) {
        if let Some(invalid) = invalid {
            self.error_type = "InvalidInput".to_owned();
            self.errors = invalid
                .path
                .as_deref()
                .map(|path| places(path, &invalid.message));
        }
        if let Some(request) = request {
            self.error_type = "RequestError".to_owned();
            self.status = Some(json!(request.status));
        }
        if let Some(call) = call {
            self.error_type = call.error_type.clone();
            self.errors = call.errors.clone();
            self.status = call.status.clone();
        }
    }

    /// An argument that does not fit its type.
    pub fn invalid(path: &str, message: impl Display) -> Self {
        let message = message.to_string();
        let at = pointer(path);
        let whole = if at.is_empty() {
            message.clone()
        } else {
            format!("{at}: {message}")
        };
        Failure {
            errors: Some(places(path, &message)),
            ..Failure::new("InvalidInput", whole)
        }
    }

    pub fn unsendable(problem: &Unsendable) -> Self {
        Failure::new(
            "InvalidOutput",
            format!("The result cannot be sent: {problem}"),
        )
    }

    pub fn cancelled() -> Self {
        Failure::new("Cancelled", Cancelled.to_string())
    }

    /// Says which function it came from: errors in Rust know nothing of that.
    pub fn returned_by(mut self, place: &str) -> Self {
        if let Some(stack) = &mut self.stacktrace {
            stack.push_str("\nreturned by ");
            stack.push_str(place);
            if stack.len() > MAX_STACK {
                *stack = stack.chars().take(MAX_STACK).collect();
            }
        }
        self
    }
}

fn places(path: &str, message: &str) -> Value {
    json!([{"path": pointer(path), "message": message}])
}

fn pointer(path: &str) -> String {
    if path.is_empty() || path.starts_with('/') {
        return path.to_owned();
    }
    format!("/{}", path.replace('~', "~0").replace('/', "~1"))
}

/// `OddWeather` of `weather::errors::OddWeather<'_>`; texts have no name.
fn short_name(full: &str) -> &str {
    let name = full
        .split('<')
        .next()
        .unwrap_or(full)
        .rsplit("::")
        .next()
        .unwrap_or(full);
    if name == "String" || name.ends_with("str") {
        return "Error";
    }
    name
}
