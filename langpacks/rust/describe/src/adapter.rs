use crate::code::Code;
use crate::function::{describe_function, Algorithm};
use crate::limits::read_limits;
use crate::problems::Problems;
use proc_macro2::Span;
use serde_json::{json, Value};
use std::collections::HashMap;
use syn::{Expr, ExprLit, Item, ItemFn, Lit, ReturnType, Visibility};

/// What a crate says of itself as an adapter.
pub struct Adapter {
    pub algorithms: Vec<Algorithm>,
    pub limits: Value,
    pub concurrency: usize,
    pub setup: Option<Hook>,
    pub teardown: Option<Hook>,
}

/// Whether `setup` or `teardown` may give an error.
pub struct Hook {
    pub is_fallible: bool,
}

impl Adapter {
    pub fn read(code: &Code, problems: &mut Problems) -> Self {
        let mut adapter = Adapter {
            algorithms: Vec::new(),
            limits: json!({}),
            concurrency: 1,
            setup: None,
            teardown: None,
        };
        let mut taken: HashMap<String, String> = HashMap::new();
        for function in code.functions() {
            let written = function.sig.ident.to_string();
            match written.as_str() {
                "setup" => adapter.setup = read_hook(code, function, problems),
                "teardown" => adapter.teardown = read_hook(code, function, problems),
                _ => adapter.read_function(code, function, &mut taken, problems),
            }
        }
        for item in &code.items {
            match item {
                Item::Const(one) if one.ident == "LIMITS" => {
                    adapter.limits = read_limits(code, &one.expr, problems)
                }
                Item::Const(one) if one.ident == "CONCURRENCY" => {
                    adapter.concurrency = read_concurrency(code, &one.expr, problems);
                }
                _ => {}
            }
        }
        if adapter.algorithms.is_empty() && problems.is_empty() {
            let message = "there is no function run_name, so there is no algorithm";
            problems.add(&code.file, Span::call_site(), "", "", message);
        }
        adapter
    }

    fn read_function(
        &mut self,
        code: &Code,
        function: &ItemFn,
        taken: &mut HashMap<String, String>,
        problems: &mut Problems,
    ) {
        let written = function.sig.ident.to_string();
        let (name, is_batch) = match (written.strip_prefix("run_"), written.strip_prefix("batch_"))
        {
            (Some(name), _) => (name, false),
            (_, Some(name)) => (name, true),
            _ => return,
        };
        if let Some(other) = taken.insert(name.to_owned(), written.clone()) {
            let message = format!("the algorithm {name} is there already, by {other}");
            return problems.add(&code.file, function.sig.ident.span(), &written, "", message);
        }
        self.algorithms
            .extend(describe_function(code, function, name, is_batch, problems));
    }
}

/// Whether a function can be seen from outside its crate.
pub fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn read_hook(code: &Code, function: &ItemFn, problems: &mut Problems) -> Option<Hook> {
    let signature = &function.sig;
    if !is_public(&function.vis) || !signature.inputs.is_empty() || signature.asyncness.is_some() {
        let name = signature.ident.to_string();
        problems.add(
            &code.file,
            signature.ident.span(),
            &name,
            "",
            format!("expected pub fn {name}()"),
        );
        return None;
    }
    Some(Hook {
        is_fallible: !matches!(signature.output, ReturnType::Default),
    })
}

fn read_concurrency(code: &Code, expression: &Expr, problems: &mut Problems) -> usize {
    if let Expr::Lit(ExprLit {
        lit: Lit::Int(number),
        ..
    }) = expression
    {
        if let Some(value) = number
            .base10_parse()
            .ok()
            .filter(|value| (1..=1000).contains(value))
        {
            return value;
        }
    }
    let at = syn::spanned::Spanned::span(expression);
    problems.add(
        &code.file,
        at,
        "",
        "",
        "CONCURRENCY must be a whole number from 1 to 1000, written out",
    );
    1
}
