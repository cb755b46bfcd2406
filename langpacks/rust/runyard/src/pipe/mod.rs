//! Serves an adapter by version 2 of the pipe, and an `apply` by version 1. Code that describing a project generates
//! calls it.

mod algorithm;
mod answers;
mod calls;
mod classic;
mod encode;
mod failure;
mod finite;
mod panics;
mod request;
mod serve;

pub use algorithm::{Algorithm, Call, Outcome};
pub use answers::Answers;
pub use calls::Calls;
pub use classic::{
    classic_any, classic_bytes, classic_input, classic_result, serve_apply, ClassicRequest,
};
pub use encode::encode;
pub use failure::Failure;
pub use serve::{serve, Adapter};
