use super::failure::Failure;
use std::any::Any;
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};

thread_local! {
    /// Where the last panic of this thread was, and how it came there.
    static PLACE: RefCell<String> = RefCell::new(String::new());
}

/// Keeps the place of each panic for whoever catches it; those of a project's own threads are printed as ever.
pub fn install_hook() {
    let printed = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if std::thread::current().name() != Some(WORKER) {
            return printed(info);
        }
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        PLACE.with(|kept| *kept.borrow_mut() = format!("panicked at {place}\n{}", backtrace()));
    }));
}

/// Name of the threads whose panics are caught.
pub const WORKER: &str = "runyard worker";

/// Runs a function; its panic is a failure.
pub fn caught<T>(run: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|thrown| {
        let message = message_of(&*thrown);
        let place = PLACE.with(|kept| kept.borrow().clone());
        Err(Failure {
            stacktrace: Some(format!("{message}\n{place}")),
            ..Failure::new("Panic", message)
        })
    })
}

fn message_of(thrown: &(dyn Any + Send)) -> String {
    if let Some(text) = thrown.downcast_ref::<&str>() {
        return (*text).to_owned();
    }
    thrown
        .downcast_ref::<String>()
        .cloned()
        .unwrap_or_else(|| "a panic without a text".to_owned())
}

/// The frames above the pipe's own.
#[cfg(has_backtrace)]
fn backtrace() -> String {
    let text = std::backtrace::Backtrace::force_capture().to_string();
    let end = text
        .find("runyard::pipe::panics::caught")
        .unwrap_or(text.len());
    let start = text
        .find("core::panicking::")
        .filter(|start| *start < end)
        .unwrap_or(0);
    text[start..end]
        .lines()
        .skip(1)
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(not(has_backtrace))]
fn backtrace() -> String {
    String::new()
}
