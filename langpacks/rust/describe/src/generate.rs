use crate::adapter::{Adapter, Hook};
use crate::function::{Algorithm, Argument, Outcome, Passing};

/// The main that hands an adapter to the pipe. What types an argument has, the compiler finds by the function it goes to.
pub fn generate(adapter: &Adapter) -> String {
    let entries: String = adapter.algorithms.iter().map(entry).collect();
    let functions: String = adapter.algorithms.iter().map(function).collect();
    format!(
        "#![allow(warnings)]\nuse runyard::pipe;\n\nstatic ALGORITHMS: &[pipe::Algorithm] = &[\n{entries}];\n{functions}\n\
         fn main() {{\n    pipe::serve(pipe::Adapter {{\n        algorithms: ALGORITHMS,\n        concurrency: {},\n        \
         setup: || {},\n        teardown: || {},\n    }})\n}}\n",
        adapter.concurrency,
        hook("setup", adapter.setup.as_ref()),
        hook("teardown", adapter.teardown.as_ref()),
    )
}

fn hook(name: &str, hook: Option<&Hook>) -> String {
    match hook {
        None => "Ok(())".to_owned(),
        Some(Hook { is_fallible: false }) => format!("{{ runner_adapter::{name}(); Ok(()) }}"),
        Some(Hook { is_fallible: true }) => {
            format!("runner_adapter::{name}().map(drop).map_err(|error| pipe::Failure::new({name:?}, format!(\"{{error:?}}\")))")
        }
    }
}

fn entry(one: &Algorithm) -> String {
    format!(
        "    pipe::Algorithm {{ name: {:?}, is_batch: {}, place: {:?}, run: call_{} }},\n",
        one.name,
        one.mode == "batch",
        one.place,
        one.function
    )
}

fn function(one: &Algorithm) -> String {
    let body = if one.mode == "batch" {
        batch_body(one)
    } else {
        body(one)
    };
    format!(
        "\nfn call_{}(call: &mut pipe::Call) -> pipe::Outcome {{\n{body}}}\n",
        one.function
    )
}

fn body(one: &Algorithm) -> String {
    let mut lines = String::new();
    for (at, argument) in one.arguments.iter().enumerate() {
        let kind = match argument.passing {
            Passing::Text => ": String",
            Passing::Slice => ": Vec<_>",
            Passing::Context { .. } => {
                lines.push_str("    let context = call.context().clone();\n");
                continue;
            }
            Passing::Owned | Passing::Reference => "",
        };
        let default = argument
            .default
            .as_ref()
            .map_or("None".to_owned(), |text| format!("Some({text:?})"));
        lines.push_str(&format!(
            "    let a{at}{kind} = call.argument({:?}, {default})?;\n",
            argument.name
        ));
    }
    lines.push_str("    call.no_more()?;\n");
    let passed: Vec<String> = one
        .arguments
        .iter()
        .enumerate()
        .map(|(at, argument)| pass(at, argument))
        .collect();
    let value = format!("runner_adapter::{}({})", one.function, passed.join(", "));
    lines.push_str(&format!(
        "    let value = {};\n",
        checked("call", value, &one.result, one.result.is_fallible)
    ));
    lines.push_str(match (one.mode, &one.result) {
        (
            "stream",
            Outcome {
                has_fallible_items: true,
                is_anyhow: true,
                ..
            },
        ) => "    call.fallible_stream(value.into_iter().map(|one| one.map_err(boxed)))\n",
        (
            "stream",
            Outcome {
                has_fallible_items: true,
                ..
            },
        ) => "    call.fallible_stream(value)\n",
        ("stream", _) => "    call.stream(value)\n",
        _ => "    call.result(value)\n",
    });
    with_boxed(lines, &one.result)
}

fn batch_body(one: &Algorithm) -> String {
    let context = one
        .arguments
        .iter()
        .find_map(|argument| match argument.passing {
            Passing::Context { by_reference } => Some(by_reference),
            _ => None,
        });
    let context = match context {
        None => "",
        Some(true) => ", context",
        Some(false) => ", context.clone()",
    };
    let value = format!("runner_adapter::{}(items{context})", one.function);
    let value = match (one.result.is_fallible, one.result.is_anyhow) {
        (false, _) => format!("Ok({value})"),
        (true, true) => format!(
            "{value}.map_err(|error| pipe::Failure::of(boxed(error)).returned_by({:?}))",
            one.place
        ),
        (true, false) => format!(
            "{value}.map_err(|error| pipe::Failure::of(error).returned_by({:?}))",
            one.place
        ),
    };
    let item = checked(
        "call",
        "one".to_owned(),
        &one.result,
        one.result.has_fallible_items,
    );
    let line =
        format!("    call.batch(|context, items| {value}, |call, one| call.result({item}))\n");
    with_boxed(line, &one.result)
}

/// Takes the value out of a `Result`, or ends the call with its error.
fn checked(call: &str, value: String, result: &Outcome, is_fallible: bool) -> String {
    match (is_fallible, result.is_anyhow) {
        (false, _) => value,
        (true, false) => format!("{call}.checked({value})?"),
        (true, true) => format!("{call}.checked({value}.map_err(boxed))?"),
    }
}

fn with_boxed(body: String, result: &Outcome) -> String {
    if !result.is_anyhow {
        return body;
    }
    let boxed = "    fn boxed<E: Into<Box<dyn std::error::Error + Send + Sync>>>(error: E) -> Box<dyn std::error::Error + Send + Sync> {\n        error.into()\n    }\n";
    boxed.to_owned() + &body
}

fn pass(at: usize, argument: &Argument) -> String {
    match argument.passing {
        Passing::Owned => format!("a{at}"),
        Passing::Reference | Passing::Text | Passing::Slice => format!("&a{at}"),
        Passing::Context { by_reference: true } => "&context".to_owned(),
        Passing::Context {
            by_reference: false,
        } => "context".to_owned(),
    }
}
