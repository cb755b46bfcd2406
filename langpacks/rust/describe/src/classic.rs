use crate::adapter::is_public;
use crate::code::Code;
use crate::problems::Problems;
use crate::schema::show;
use proc_macro2::Span;
use syn::{FnArg, ItemFn, ReturnType};

const EXPECTED: &str = "expected pub fn apply(input: T) -> Result<U, E>";

/// The main that serves a project's `apply`.
pub fn generate(code: &Code, problems: &mut Problems) -> String {
    let found = code.functions().find(|one| one.sig.ident == "apply");
    let function = match found {
        Some(function) => function,
        None => {
            if problems.is_empty() {
                problems.add(&code.file, Span::call_site(), "apply", "", EXPECTED);
            }
            return String::new();
        }
    };
    let line = function.sig.ident.span().start().line;
    match shape_of(function) {
        Some(shape) => shape.main(&format!("apply ({}:{line})", code.file.display())),
        None => {
            problems.add(&code.file, function.sig.ident.span(), "apply", "", EXPECTED);
            String::new()
        }
    }
}

/// The types of `apply`, as they are written.
struct Shape {
    input: String,
    output: String,
}

fn shape_of(function: &ItemFn) -> Option<Shape> {
    let signature = &function.sig;
    let is_plain = is_public(&function.vis) && signature.asyncness.is_none();
    let output = match &signature.output {
        ReturnType::Type(_, output) if is_plain => show(&**output),
        _ => return None,
    };
    match signature.inputs.first()? {
        FnArg::Typed(input) if signature.inputs.len() == 1 => Some(Shape {
            input: show(&*input.ty),
            output,
        }),
        _ => None,
    }
}

impl Shape {
    fn main(&self, place: &str) -> String {
        let input = self.input.as_str();
        let taken = match input {
            "Vec<u8>" | "&[u8]" | "&Vec<u8>" => "pipe::classic_bytes(&request)?",
            "Input" | "runyard::Input" => "pipe::classic_any(&request)?",
            _ => "pipe::classic_input(&request)?",
        };
        let kind = match input {
            "&str" => ": String",
            "&[u8]" => ": Vec<u8>",
            _ => "",
        };
        let passed = if input.starts_with('&') {
            "&input"
        } else {
            "input"
        };
        let value = if self.output.starts_with("Result<") || self.output.contains("::Result<") {
            let place = format!("{place:?}");
            let boxed = if self.output.contains("anyhow") || !self.output.contains(',') {
                ".map_err(|error| Box::<dyn std::error::Error + Send + Sync>::from(error))"
            } else {
                ""
            };
            format!("runner_adapter::apply({passed}){boxed}.map_err(|error| pipe::Failure::of(error).returned_by({place}))?")
        } else {
            format!("runner_adapter::apply({passed})")
        };
        let value = if self.gives_bytes() {
            format!("runyard::Bytes({value})")
        } else {
            value
        };
        format!(
            "#![allow(warnings)]\nuse runyard::pipe;\n\nfn run(request: pipe::ClassicRequest) -> Result<String, pipe::Failure> {{\n    \
             let input{kind} = {taken};\n    pipe::classic_result({value})\n}}\n\nfn main() {{\n    pipe::serve_apply(run)\n}}\n"
        )
    }

    fn gives_bytes(&self) -> bool {
        self.output == "Vec<u8>" || self.output.contains("Result<Vec<u8>")
    }
}
