//! Backtraces came to the standard library with Rust 1.65.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-check-cfg=cfg(has_backtrace)");
    if minor_version().map_or(true, |minor| minor >= 65) {
        println!("cargo:rustc-cfg=has_backtrace");
    }
}

fn minor_version() -> Option<u32> {
    let rustc = std::env::var_os("RUSTC")?;
    let output = Command::new(rustc).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split('.').nth(1)?.parse().ok()
}
