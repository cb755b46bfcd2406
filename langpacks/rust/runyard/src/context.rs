use crate::pipe::{encode, Answers, Calls};
use crate::CallError;
use serde::de::DeserializeOwned;
use serde::Serialize;
use serde_json::json;
use std::fmt::Display;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

const MAX_LOG_BYTES: usize = 4 << 20;

/// The run that a function belongs to. It can be cloned and given to other threads.
#[derive(Clone)]
pub struct Context {
    id: Arc<str>,
    answers: Arc<Answers>,
    calls: Arc<Calls>,
    signal: Arc<Signal>,
    logged: Arc<AtomicUsize>,
}

#[derive(Default)]
struct Signal {
    cancelled: Mutex<bool>,
    changed: Condvar,
}

impl Context {
    pub(crate) fn new(id: &str, answers: Arc<Answers>, calls: Arc<Calls>) -> Self {
        Context {
            id: id.into(),
            answers,
            calls,
            signal: Arc::default(),
            logged: Arc::default(),
        }
    }

    /// Tells how far the run is, from 0 to 1.
    pub fn progress(&self, fraction: f64, message: impl Display) {
        assert!(
            fraction.is_finite(),
            "progress takes a number from 0 to 1, but got {fraction}"
        );
        self.answers
            .write(&json!({"id": &*self.id, "progress": fraction, "message": message.to_string()}));
    }

    /// Writes a line of the task's log.
    pub fn log(&self, text: impl Display) {
        for line in text.to_string().lines() {
            let before = self.logged.fetch_add(line.len() + 1, Ordering::Relaxed);
            if before > MAX_LOG_BYTES {
                return;
            }
            let full = before + line.len() >= MAX_LOG_BYTES;
            let line = if full {
                "(the log of this run is full; further lines are dropped)"
            } else {
                line
            };
            self.answers.write(&json!({"id": &*self.id, "log": line}));
        }
    }

    /// Whether the run was cancelled: a function that sees it should end.
    pub fn is_cancelled(&self) -> bool {
        *self.signal.cancelled.lock().unwrap()
    }

    /// Waits until the run is cancelled.
    pub fn wait_for_cancel(&self) {
        let cancelled = self.signal.cancelled.lock().unwrap();
        drop(
            self.signal
                .changed
                .wait_while(cancelled, |cancelled| !*cancelled)
                .unwrap(),
        );
    }

    /// Runs another algorithm. `args` is a struct or a map of arguments by name.
    pub fn call<T: DeserializeOwned>(
        &self,
        algorithm: &str,
        args: impl Serialize,
    ) -> Result<T, CallError> {
        let text =
            encode(&args).map_err(|error| CallError::new("InvalidInput", error.to_string()))?;
        let (question, answer) = self.calls.open(&self.id);
        let (id, name) = (json!(&*self.id), json!(algorithm));
        let asked = json!(question);
        self.answers.write_text(&format!(
            "{{\"id\":{id},\"call\":{asked},\"algorithm\":{name},\"args\":{text}}}\n"
        ));
        let result = answer
            .recv()
            .unwrap_or_else(|_| Err(CallError::new("Cancelled", "The run was cancelled")))?;
        serde_json::from_str(&result).map_err(|error| {
            CallError::new(
                "InvalidOutput",
                format!("the result of {algorithm} does not fit: {error}"),
            )
        })
    }

    pub(crate) fn cancel(&self) {
        *self.signal.cancelled.lock().unwrap() = true;
        self.signal.changed.notify_all();
        self.calls.cancel(&self.id);
    }
}
