use crate::code::Code;
use crate::derives::Direction;
use crate::known_types::{date_time, nullable, scalar};
use quote::ToTokens;
use serde_json::{json, Map, Value};
use std::collections::HashSet;
use syn::{Expr, ExprLit, GenericArgument, Lit, PathArguments, PathSegment, Type};

/// Makes the schemas of one document.
pub struct Schemas<'a> {
    pub code: &'a Code,
    pub direction: Direction,
    pub definitions: Map<String, Value>,
    /// Types that are being described; one that comes up again contains itself.
    pub inside: Vec<String>,
    pub recursive: HashSet<String>,
}

pub type Described = Result<Value, String>;

impl<'a> Schemas<'a> {
    pub fn new(code: &'a Code, direction: Direction) -> Self {
        Schemas {
            code,
            direction,
            definitions: Map::new(),
            inside: Vec::new(),
            recursive: HashSet::new(),
        }
    }

    /// The schema with the definitions that it refers to.
    pub fn document(self, mut schema: Value) -> Value {
        if !self.definitions.is_empty() {
            schema["$defs"] = Value::Object(self.definitions);
        }
        schema
    }

    pub fn of(&mut self, written: &Type) -> Described {
        match written {
            Type::Path(path) if path.qself.is_none() => {
                let last = path.path.segments.last().ok_or("a type without a name")?;
                self.named(last, written)
            }
            Type::Reference(reference) if reference.mutability.is_none() => {
                self.of(&reference.elem)
            }
            Type::Paren(inner) => self.of(&inner.elem),
            Type::Group(inner) => self.of(&inner.elem),
            Type::Slice(items) => Ok(json!({"type": "array", "items": self.of(&items.elem)?})),
            Type::Array(items) => match &items.len {
                Expr::Lit(ExprLit {
                    lit: Lit::Int(length),
                    ..
                }) => {
                    let length: usize = length.base10_parse().map_err(|error| error.to_string())?;
                    let items = self.of(&items.elem)?;
                    Ok(
                        json!({"type": "array", "items": items, "minItems": length, "maxItems": length}),
                    )
                }
                _ => Err(format!(
                    "the length of {} must be written as a number",
                    show(written)
                )),
            },
            Type::Tuple(tuple) if tuple.elems.is_empty() => Ok(json!({"type": "null"})),
            Type::Tuple(tuple) => self.tuple(tuple.elems.iter()),
            _ => Err(no_form(written)),
        }
    }

    pub fn tuple<'t>(&mut self, types: impl Iterator<Item = &'t Type>) -> Described {
        let items = types
            .map(|one| self.of(one))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(
            json!({"type": "array", "prefixItems": items, "minItems": items.len(), "maxItems": items.len()}),
        )
    }

    fn named(&mut self, segment: &PathSegment, written: &Type) -> Described {
        let name = segment.ident.to_string();
        let arguments = type_arguments(segment);
        if let Some(declared) = self.code.find(&name)? {
            return self.user_type(&name, declared, &arguments);
        }
        // A name that another crate's type was given here stands for that type.
        let known = self
            .code
            .imported
            .get(&name)
            .and_then(|path| path.rsplit("::").next())
            .unwrap_or(&name);
        match (known, arguments.as_slice()) {
            ("DateTime", [_]) => Ok(date_time()),
            ("Box" | "Rc" | "Arc" | "Cow", [inner]) => self.of(inner),
            ("Option", [inner]) => self.of(inner).map(nullable),
            ("Vec" | "VecDeque" | "LinkedList", [inner]) => {
                Ok(json!({"type": "array", "items": self.of(inner)?}))
            }
            ("HashSet" | "BTreeSet", [inner]) => {
                Ok(json!({"type": "array", "items": self.of(inner)?, "uniqueItems": true}))
            }
            ("HashMap" | "BTreeMap" | "IndexMap", [key, value]) => self.map(key, value),
            ("Map", _) => Ok(json!({"type": "object"})),
            (_, []) => scalar(known).ok_or_else(|| no_form(written)),
            _ => Err(no_form(written)),
        }
    }

    fn map(&mut self, key: &Type, value: &Type) -> Described {
        let key_schema = self.of(key)?;
        if key_schema["type"] != "string" {
            return Err(format!(
                "the keys of a map must be strings, but are {}",
                show(key)
            ));
        }
        Ok(json!({"type": "object", "additionalProperties": self.of(value)?}))
    }
}

pub fn type_arguments(segment: &PathSegment) -> Vec<&Type> {
    match &segment.arguments {
        PathArguments::AngleBracketed(list) => list
            .args
            .iter()
            .filter_map(|one| {
                if let GenericArgument::Type(inner) = one {
                    Some(inner)
                } else {
                    None
                }
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn no_form(written: &Type) -> String {
    format!(
        "{} has no form in JSON that is known here: expected numbers, texts, Option, Vec, maps, tuples, DateTime, Bytes, or a struct or enum of this project that derives serde's traits",
        show(written)
    )
}

pub fn show(written: &impl ToTokens) -> String {
    let text = written.to_token_stream().to_string();
    text.replace(" < ", "<")
        .replace(" >", ">")
        .replace(" :: ", "::")
        .replace(" ,", ",")
        .replace("& ", "&")
}
