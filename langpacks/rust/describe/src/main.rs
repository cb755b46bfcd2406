//! Reads a project's Rust source, tells of its algorithms, and builds the program that serves them. With the argument
//! `setup` it fetches the crates that the project needs.

mod adapter;
mod classic;
mod code;
mod constraints;
mod derives;
mod doc;
mod function;
mod generate;
mod known_types;
mod limits;
mod problems;
mod project;
mod schema;
mod serde_attributes;
mod user_types;

use problems::Problems;
use project::Project;
use serde_json::{json, Value};
use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::os::unix::io::FromRawFd;

fn main() {
    if let Err(error) = run() {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let project = Project::open()?;
    if std::env::args().nth(1).as_deref() == Some("setup") {
        return project.setup();
    }
    let mut problems = Problems::new(&project.root);
    let code = code::Code::read(&project.source, &mut problems);
    if project.classic {
        let main = classic::generate(&code, &mut problems);
        problems.into_result()?;
        return project.build(&main);
    }
    let adapter = adapter::Adapter::read(&code, &mut problems);
    if problems.is_empty() {
        project.build(&generate::generate(&adapter))?;
    }
    answer(&json!({
        "algorithms": adapter.algorithms.iter().map(|one| one.to_json()).collect::<Vec<_>>(),
        "limits": adapter.limits,
        "problems": problems.to_json(),
    }))
}

/// Writes to what ALGOOUT names, a descriptor that is open.
fn answer(told: &Value) -> Result<(), Box<dyn Error>> {
    let target = std::env::var("ALGOOUT")?;
    let number = target
        .strip_prefix("/dev/fd/")
        .ok_or("ALGOOUT must be /dev/fd/N")?
        .parse()?;
    // SAFETY: the parent opened the descriptor for this answer, and nothing else in here uses it.
    let mut file = unsafe { File::from_raw_fd(number) };
    Ok(file.write_all(told.to_string().as_bytes())?)
}
