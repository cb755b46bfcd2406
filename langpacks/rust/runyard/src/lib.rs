//! What an adapter may use: errors that say whose fault a failure is, the context of a run, bytes, and limits.

mod base64;
mod bytes;
mod classic_values;
mod context;
mod errors;
mod limits;
#[doc(hidden)]
pub mod pipe;

pub use bytes::Bytes;
pub use classic_values::{Input, Output};
pub use context::Context;
pub use errors::{CallError, Cancelled, InvalidInput, RequestError};
pub use limits::{Batch, Limits};
