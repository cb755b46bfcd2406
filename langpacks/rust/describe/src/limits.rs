use crate::code::Code;
use crate::problems::Problems;
use serde_json::{json, Map, Value};
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Lit, Member};

/// Reads `&[("name", Limits { timeout_ms: 5_000, ..Limits::NONE })]`.
pub fn read_limits(code: &Code, expression: &Expr, problems: &mut Problems) -> Value {
    let mut limits = Map::new();
    for element in elements(expression) {
        match element {
            Expr::Tuple(pair) if pair.elems.len() == 2 => {
                if let (Some(name), Expr::Struct(_)) = (text(&pair.elems[0]), &pair.elems[1]) {
                    limits.insert(name, read(code, &pair.elems[1], problems));
                    continue;
                }
                complain(code, element, problems);
            }
            _ => complain(code, element, problems),
        }
    }
    Value::Object(limits)
}

fn elements(expression: &Expr) -> Vec<&Expr> {
    match expression {
        Expr::Reference(reference) => elements(&reference.expr),
        Expr::Array(array) => array.elems.iter().collect(),
        other => vec![other],
    }
}

fn read(code: &Code, expression: &Expr, problems: &mut Problems) -> Value {
    match expression {
        Expr::Struct(one) => {
            let mut members = Map::new();
            for field in &one.fields {
                if let Member::Named(name) = &field.member {
                    members.insert(
                        camel_case(&name.to_string()),
                        read(code, &field.expr, problems),
                    );
                }
            }
            Value::Object(members)
        }
        Expr::Lit(ExprLit {
            lit: Lit::Int(number),
            ..
        }) => number
            .base10_parse::<u64>()
            .map_or(Value::Null, Value::from),
        _ => {
            complain(code, expression, problems);
            json!(null)
        }
    }
}

fn text(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    }
}

fn complain(code: &Code, expression: &Expr, problems: &mut Problems) {
    let message =
        "LIMITS must be written out: &[(\"name\", Limits { timeout_ms: 5_000, ..Limits::NONE })]";
    problems.add(&code.file, expression.span(), "", "", message);
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |made, word| {
        made + &word[..1].to_uppercase() + &word[1..]
    })
}
