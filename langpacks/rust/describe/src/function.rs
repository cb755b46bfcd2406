use crate::adapter::is_public;
use crate::code::Code;
use crate::constraints::constrain;
use crate::derives::Direction;
use crate::doc::{Doc, RETURN};
use crate::known_types::object;
use crate::problems::Problems;
use crate::schema::{show, type_arguments, Schemas};
use proc_macro2::Span;
use serde_json::{json, Map, Value};
use syn::spanned::Spanned;
use syn::{FnArg, GenericArgument, ItemFn, Pat, PathArguments, ReturnType, Type, TypeParamBound};

/// A function as the yard is told of it, and as the generated main calls it.
pub struct Algorithm {
    pub name: String,
    pub function: String,
    /// File and line, for people.
    pub place: String,
    pub mode: &'static str,
    pub arguments: Vec<Argument>,
    pub result: Outcome,
    description: String,
    input: Value,
    output: Value,
}

pub struct Argument {
    pub name: String,
    /// JSON; `None` for an argument that must be given.
    pub default: Option<String>,
    pub passing: Passing,
}

/// How a parameter takes its value.
pub enum Passing {
    Owned,
    Reference,
    Text,
    Slice,
    /// The context, by reference or not.
    Context {
        by_reference: bool,
    },
}

/// What a function gives.
#[derive(Default)]
pub struct Outcome {
    /// `Result<T, E>`.
    pub is_fallible: bool,
    /// Chunks, or a batch's items, are `Result<T, E>` each.
    pub has_fallible_items: bool,
    /// An error of the crate anyhow, which is no `std::error::Error` itself.
    pub is_anyhow: bool,
}

impl Algorithm {
    pub fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "description": self.description,
            "mode": self.mode,
            "input": self.input,
            "output": self.output,
        })
    }
}

struct Reader<'a> {
    code: &'a Code,
    problems: &'a mut Problems,
    function: String,
    doc: Doc,
}

/// `None` when something is wrong with the function; what, goes to the problems.
pub fn describe_function(
    code: &Code,
    function: &ItemFn,
    name: &str,
    is_batch: bool,
    problems: &mut Problems,
) -> Option<Algorithm> {
    let before = problems.len();
    let written = function.sig.ident.to_string();
    let mut reader = Reader {
        code,
        problems,
        function: written.clone(),
        doc: Doc::parse(&function.attrs),
    };
    reader.check(function);
    let (input, arguments) = if is_batch {
        reader.read_batch(function)
    } else {
        reader.read_arguments(function)
    };
    let (mode, result, output) = reader.read_result(function, is_batch);
    reader.check_doc(function, &arguments);
    if reader.problems.len() > before {
        return None;
    }
    let file = code
        .file
        .file_name()
        .map(|one| one.to_string_lossy().into_owned())
        .unwrap_or_default();
    let line = function.sig.ident.span().start().line;
    Some(Algorithm {
        name: name.to_owned(),
        place: format!("{written} ({file}:{line})"),
        function: written,
        mode,
        arguments,
        result,
        description: reader.doc.description,
        input,
        output,
    })
}

impl Reader<'_> {
    fn complain(&mut self, at: Span, argument: &str, message: impl Into<String>) {
        self.problems
            .add(&self.code.file, at, &self.function, argument, message);
    }

    fn check(&mut self, function: &ItemFn) {
        let signature = &function.sig;
        let at = signature.ident.span();
        if !is_public(&function.vis) {
            self.complain(at, "", "an algorithm is pub");
        }
        if signature.asyncness.is_some() {
            self.complain(
                at,
                "",
                "an algorithm is not async: start a runtime in it, such as tokio's block_on",
            );
        }
        if signature.generics.type_params().next().is_some() {
            self.complain(
                at,
                "",
                "an algorithm has no type parameters: name its types",
            );
        }
    }

    fn check_doc(&mut self, function: &ItemFn, arguments: &[Argument]) {
        let unknown: Vec<String> = self
            .doc
            .arguments
            .keys()
            .filter(|name| *name != RETURN && !arguments.iter().any(|one| one.name == **name))
            .cloned()
            .collect();
        for name in unknown {
            let message = "the comment tells of it, but the function has no such argument";
            self.complain(function.sig.ident.span(), &name, message);
        }
    }

    fn read_arguments(&mut self, function: &ItemFn) -> (Value, Vec<Argument>) {
        let mut schemas = Schemas::new(self.code, Direction::In);
        let (mut properties, mut required, mut arguments) = (Map::new(), Vec::new(), Vec::new());
        let count = function.sig.inputs.len();
        for (at, (name, written, span)) in self.parameters(function).into_iter().enumerate() {
            if let Some(by_reference) = context_of(written) {
                if at + 1 < count {
                    self.complain(span, &name, "the context must be the last argument");
                }
                arguments.push(Argument {
                    name,
                    default: None,
                    passing: Passing::Context { by_reference },
                });
                continue;
            }
            let described = schemas
                .of(written)
                .and_then(|schema| constrain(schema, self.doc.of(&name)));
            let mut schema = match described {
                Ok(schema) => schema,
                Err(message) => {
                    self.complain(span, &name, message);
                    json!({})
                }
            };
            if is_named(written, "Option") && schema.get("default").is_none() {
                schema["default"] = Value::Null;
            }
            let default = schema.get("default").map(Value::to_string);
            if default.is_none() {
                required.push(name.clone());
            }
            properties.insert(name.clone(), schema);
            arguments.push(Argument {
                name,
                default,
                passing: passing_of(written),
            });
        }
        (
            schemas.document(object(Value::Object(properties), &required)),
            arguments,
        )
    }

    fn parameters<'f>(&mut self, function: &'f ItemFn) -> Vec<(String, &'f Type, Span)> {
        let mut found = Vec::new();
        for input in &function.sig.inputs {
            match input {
                FnArg::Typed(one) => match &*one.pat {
                    Pat::Ident(pattern) => {
                        let name = pattern.ident.to_string();
                        found.push((
                            name.trim_start_matches("r#").to_owned(),
                            &*one.ty,
                            one.span(),
                        ));
                    }
                    other => self.complain(
                        other.span(),
                        &show(other),
                        "an argument needs a name: callers give it by that",
                    ),
                },
                FnArg::Receiver(one) => self.complain(
                    one.span(),
                    "self",
                    "an algorithm is a function, not a method",
                ),
            }
        }
        found
    }

    /// `Vec<Item>`: the fields of an item are the arguments of one caller.
    fn read_batch(&mut self, function: &ItemFn) -> (Value, Vec<Argument>) {
        let mut schemas = Schemas::new(self.code, Direction::In);
        let (mut arguments, mut input) = (Vec::new(), json!({}));
        for (at, (name, written, span)) in self.parameters(function).into_iter().enumerate() {
            if let (Some(by_reference), true) = (context_of(written), at > 0) {
                arguments.push(Argument {
                    name,
                    default: None,
                    passing: Passing::Context { by_reference },
                });
                continue;
            }
            let item = inner_type(written, &["Vec"]).filter(|_| at == 0);
            let item = match item {
                Some(item) => item,
                None => {
                    let message = "a batch function takes one argument, a Vec of items, and a context when it wants";
                    self.complain(span, &name, message);
                    continue;
                }
            };
            match schemas.of(item) {
                Ok(schema) => input = resolve(&schemas, schema),
                Err(message) => self.complain(span, &name, message),
            }
            if input["type"] != "object" {
                self.complain(
                    span,
                    &name,
                    format!("the items of a batch are structs, not {}", show(item)),
                );
            }
            arguments.push(Argument {
                name,
                default: None,
                passing: Passing::Owned,
            });
        }
        (schemas.document(input), arguments)
    }

    fn read_result(&mut self, function: &ItemFn, is_batch: bool) -> (&'static str, Outcome, Value) {
        let mut outcome = Outcome::default();
        let mut mode = if is_batch { "batch" } else { "unary" };
        let mut written = match &function.sig.output {
            ReturnType::Default => {
                if is_batch {
                    self.complain(
                        function.sig.ident.span(),
                        RETURN,
                        "a batch function gives a Vec with one result for each item",
                    );
                }
                return (mode, outcome, json!({"type": "null"}));
            }
            ReturnType::Type(_, written) => &**written,
        };
        if let Some(inner) = self.result_of(written, &mut outcome) {
            outcome.is_fallible = true;
            written = inner;
        }
        let items = if is_batch {
            inner_type(written, &["Vec"])
        } else {
            chunk_of(written)
        };
        match items {
            Some(item) => {
                mode = if is_batch { mode } else { "stream" };
                let inner = self.result_of(item, &mut outcome);
                outcome.has_fallible_items = inner.is_some();
                written = inner.unwrap_or(item);
            }
            None if is_batch => {
                self.complain(
                    written.span(),
                    RETURN,
                    "a batch function gives a Vec with one result for each item",
                );
            }
            None => {}
        }
        let mut schemas = Schemas::new(self.code, Direction::Out);
        let described = schemas
            .of(written)
            .and_then(|schema| constrain(schema, self.doc.of(RETURN)));
        let output = match described {
            Ok(schema) => schemas.document(schema),
            Err(message) => {
                self.complain(written.span(), RETURN, message);
                json!({})
            }
        };
        (mode, outcome, output)
    }

    /// The T of `Result<T, E>`, also by a name that the project or anyhow gave it.
    fn result_of<'t>(&self, written: &'t Type, outcome: &mut Outcome) -> Option<&'t Type> {
        let inner = inner_type(written, &["Result"])?;
        let text = show(written);
        let imported = self
            .code
            .imported
            .get("Result")
            .map_or(false, |path| path.starts_with("anyhow::"));
        outcome.is_anyhow |= text.contains("anyhow::") || (imported && !text.contains(','));
        Some(inner)
    }
}

fn resolve(schemas: &Schemas, schema: Value) -> Value {
    let name = schema["$ref"]
        .as_str()
        .and_then(|path| path.rsplit('/').next());
    name.and_then(|name| schemas.definitions.get(name))
        .cloned()
        .unwrap_or(schema)
}

/// The first type argument of a type of one of the given names.
fn inner_type<'t>(written: &'t Type, names: &[&str]) -> Option<&'t Type> {
    match written {
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            let fits = names.iter().any(|name| last.ident == name);
            type_arguments(last).first().copied().filter(|_| fits)
        }
        _ => None,
    }
}

fn is_named(written: &Type, name: &str) -> bool {
    matches!(written, Type::Path(path) if path.path.segments.last().map_or(false, |last| last.ident == name))
}

/// Whether a parameter is the context, and then whether it is taken by reference.
fn context_of(written: &Type) -> Option<bool> {
    match written {
        Type::Reference(reference) => Some(true).filter(|_| is_named(&reference.elem, "Context")),
        _ => Some(false).filter(|_| is_named(written, "Context")),
    }
}

fn passing_of(written: &Type) -> Passing {
    match written {
        Type::Reference(reference) if is_named(&reference.elem, "str") => Passing::Text,
        Type::Reference(reference) if matches!(&*reference.elem, Type::Slice(_)) => Passing::Slice,
        Type::Reference(_) => Passing::Reference,
        _ => Passing::Owned,
    }
}

/// The T of `impl Iterator<Item = T>`, `Box<dyn Iterator<Item = T>>` and `Receiver<T>`.
fn chunk_of(written: &Type) -> Option<&Type> {
    match written {
        Type::ImplTrait(one) => one.bounds.iter().find_map(item_of),
        Type::TraitObject(one) => one.bounds.iter().find_map(item_of),
        Type::Path(_) => {
            inner_type(written, &["Receiver"]).or_else(|| chunk_of(inner_type(written, &["Box"])?))
        }
        _ => None,
    }
}

fn item_of(bound: &TypeParamBound) -> Option<&Type> {
    let last = match bound {
        TypeParamBound::Trait(one) => one.path.segments.last()?,
        _ => return None,
    };
    let list = match &last.arguments {
        PathArguments::AngleBracketed(list)
            if last.ident == "Iterator" || last.ident == "IntoIterator" =>
        {
            list
        }
        _ => return None,
    };
    list.args.iter().find_map(|one| match one {
        GenericArgument::AssocType(item) if item.ident == "Item" => Some(&item.ty),
        _ => None,
    })
}
