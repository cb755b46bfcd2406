use crate::code::{Declared, UserType};
use crate::constraints::constrain;
use crate::derives::{means_of, Direction, Means};
use crate::doc::doc_text;
use crate::known_types::object;
use crate::schema::{Described, Schemas};
use crate::serde_attributes::SerdeAttributes;
use serde_json::{json, Map, Value};
use syn::{Fields, Generics, ItemEnum, ItemStruct, Type, Variant};

/// The members of an object on their way to a schema.
#[derive(Default)]
struct Members {
    properties: Map<String, Value>,
    required: Vec<String>,
    /// A map that is flattened into the object takes every other name.
    open: Option<Value>,
}

impl Members {
    fn into_schema(self) -> Value {
        let mut schema = object(Value::Object(self.properties), &self.required);
        if let Some(others) = self.open {
            schema["additionalProperties"] = others;
        }
        schema
    }
}

impl Schemas<'_> {
    /// A type of the project: described in place, or by reference when it contains itself.
    pub fn user_type(&mut self, name: &str, declared: &Declared, arguments: &[&Type]) -> Described {
        if !arguments.is_empty() {
            return Err(format!(
                "{name} has type parameters, which are not described here"
            ));
        }
        let reference = json!({"$ref": format!("#/$defs/{name}")});
        if self.inside.iter().any(|one| one == name) {
            self.recursive.insert(name.to_owned());
            return Ok(reference);
        }
        if self.definitions.contains_key(name) {
            return Ok(reference);
        }
        self.inside.push(name.to_owned());
        let schema = self.declaration(name, &declared.declaration);
        self.inside.pop();
        if schema.is_ok() && self.recursive.contains(name) {
            self.definitions.insert(name.to_owned(), schema?);
            return Ok(reference);
        }
        schema
    }

    fn declaration(&mut self, name: &str, declaration: &UserType) -> Described {
        let (attributes, generics) = match declaration {
            UserType::Alias(alias) => return self.of(&alias.ty),
            UserType::Struct(one) => (&one.attrs, &one.generics),
            UserType::Enum(one) => (&one.attrs, &one.generics),
        };
        check_generics(name, generics)?;
        if let Means::ByHand = means_of(self.code, name, attributes, self.direction)? {
            return Ok(json!({}));
        }
        let serde = SerdeAttributes::parse(attributes)?;
        if serde.by_hand {
            return Ok(json!({}));
        }
        let schema = match declaration {
            UserType::Struct(one) => self.structure(one, &serde)?,
            UserType::Enum(one) => self.enumeration(one, &serde)?,
            UserType::Alias(_) => unreachable!("an alias has been followed"),
        };
        constrain(schema, &doc_text(attributes)).map_err(|error| format!("{name}: {error}"))
    }

    fn structure(&mut self, one: &ItemStruct, serde: &SerdeAttributes) -> Described {
        match &one.fields {
            Fields::Unit => Ok(json!({"type": "null"})),
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => self.of(&fields.unnamed[0].ty),
            Fields::Unnamed(fields) => self.tuple(fields.unnamed.iter().map(|field| &field.ty)),
            Fields::Named(fields) if serde.transparent && fields.named.len() == 1 => {
                self.of(&fields.named[0].ty)
            }
            fields @ Fields::Named(_) => {
                let mut members = Members::default();
                self.fields(fields, serde, &mut members)?;
                Ok(members.into_schema())
            }
        }
    }

    fn fields(
        &mut self,
        fields: &Fields,
        container: &SerdeAttributes,
        members: &mut Members,
    ) -> Result<(), String> {
        for field in fields {
            let written = field
                .ident
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default();
            let serde = SerdeAttributes::parse(&field.attrs)?;
            if serde.skip {
                continue;
            }
            let described = if serde.by_hand {
                Ok(json!({}))
            } else {
                self.of(&field.ty)
            };
            let schema = described.map_err(|error| format!("{written}: {error}"))?;
            if serde.flatten {
                flatten(schema, members)?;
                continue;
            }
            let name = serde.name_of(&written, container.rename_all.as_deref(), false);
            let is_option = is_option(&field.ty);
            let reading = self.direction == Direction::In;
            let optional = match self.direction {
                Direction::In => serde.default || container.default || is_option,
                Direction::Out => serde.may_skip,
            };
            // An option that is left out when there is none, as callers of either side see it.
            let schema = if is_option && serde.may_skip {
                without_null(schema)
            } else {
                schema
            };
            let words = constrain(schema, &doc_text(&field.attrs))
                .map_err(|error| format!("{written}: {error}"))?;
            members.properties.insert(name.clone(), words);
            if !optional && !(reading && serde.may_skip && is_option) {
                members.required.push(name);
            }
        }
        Ok(())
    }

    fn enumeration(&mut self, one: &ItemEnum, serde: &SerdeAttributes) -> Described {
        let variants = one
            .variants
            .iter()
            .map(|variant| self.variant(variant, serde));
        let variants: Vec<(Option<String>, Value)> = variants
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .collect();
        let names: Vec<&String> = variants
            .iter()
            .filter_map(|(name, _)| name.as_ref())
            .collect();
        if names.len() == variants.len() && !names.is_empty() {
            return Ok(json!({"type": "string", "enum": names}));
        }
        let mut schemas: Vec<Value> = Vec::new();
        if !names.is_empty() {
            schemas.push(json!({"type": "string", "enum": names}));
        }
        schemas.extend(
            variants
                .iter()
                .filter(|(name, _)| name.is_none())
                .map(|(_, schema)| schema.clone()),
        );
        match &serde.tag {
            Some(tag) if schemas.len() > 1 => Ok(json!({
                "type": "object", "discriminator": {"propertyName": tag}, "required": [tag], "oneOf": schemas,
            })),
            _ if schemas.len() == 1 => Ok(schemas.remove(0)),
            _ => Ok(json!({"anyOf": schemas})),
        }
    }

    /// A variant that is nothing but a name, or the schema of one that holds something.
    fn variant(
        &mut self,
        variant: &Variant,
        container: &SerdeAttributes,
    ) -> Result<Option<(Option<String>, Value)>, String> {
        let serde = SerdeAttributes::parse(&variant.attrs)?;
        if serde.skip {
            return Ok(None);
        }
        let name = serde.name_of(
            &variant.ident.to_string(),
            container.rename_all.as_deref(),
            true,
        );
        let content = self
            .content(variant, &serde)
            .map_err(|error| format!("{}: {error}", variant.ident))?;
        if container.untagged {
            return Ok(Some((
                None,
                content.unwrap_or_else(|| json!({"type": "null"})),
            )));
        }
        let schema = match (&container.tag, &container.content, content) {
            (None, _, None) => return Ok(Some((Some(name), Value::Null))),
            (None, _, Some(content)) => object(json!({ name.as_str(): content }), &[name]),
            (Some(tag), Some(key), Some(content)) => object(
                json!({ tag.as_str(): {"const": name}, key.as_str(): content }),
                &[tag.clone(), key.clone()],
            ),
            (Some(tag), _, None) => {
                object(json!({ tag.as_str(): {"const": name} }), &[tag.clone()])
            }
            (Some(tag), None, Some(content)) => tagged(tag, &name, content)?,
        };
        Ok(Some((None, schema)))
    }

    fn content(
        &mut self,
        variant: &Variant,
        serde: &SerdeAttributes,
    ) -> Result<Option<Value>, String> {
        Ok(match &variant.fields {
            Fields::Unit => None,
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                Some(self.of(&fields.unnamed[0].ty)?)
            }
            Fields::Unnamed(fields) => {
                Some(self.tuple(fields.unnamed.iter().map(|field| &field.ty))?)
            }
            fields @ Fields::Named(_) => {
                let mut members = Members::default();
                self.fields(fields, serde, &mut members)?;
                Some(members.into_schema())
            }
        })
    }
}

fn check_generics(name: &str, generics: &Generics) -> Result<(), String> {
    if generics.type_params().next().is_some() {
        return Err(format!(
            "{name} has type parameters, which are not described here"
        ));
    }
    Ok(())
}

/// The object of a variant with its name as one more property.
fn tagged(tag: &str, name: &str, mut content: Value) -> Described {
    let wrong = || {
        format!("a variant inside a tag must hold an object that does not contain itself, but {name} does not")
    };
    let properties = content
        .get_mut("properties")
        .and_then(Value::as_object_mut)
        .ok_or_else(wrong)?;
    let mut all = Map::new();
    all.insert(tag.to_owned(), json!({"const": name}));
    all.append(properties);
    *properties = all;
    let required = content
        .get_mut("required")
        .and_then(Value::as_array_mut)
        .ok_or_else(wrong)?;
    required.insert(0, json!(tag));
    Ok(content)
}

/// Puts the properties of an inner object into the outer one.
fn flatten(schema: Value, members: &mut Members) -> Result<(), String> {
    match (
        schema.get("properties").and_then(Value::as_object),
        schema.get("additionalProperties"),
    ) {
        (Some(properties), _) => {
            members.properties.extend(properties.clone());
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            members
                .required
                .extend(required.iter().filter_map(Value::as_str).map(str::to_owned));
        }
        (None, Some(others)) => members.open = Some(others.clone()),
        (None, None) if schema["type"] == "object" => members.open = Some(json!(true)),
        _ => return Err("only structs and maps can be flattened".to_owned()),
    }
    Ok(())
}

fn is_option(written: &Type) -> bool {
    match written {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .map_or(false, |last| last.ident == "Option"),
        _ => false,
    }
}

fn without_null(mut schema: Value) -> Value {
    match schema.get_mut("anyOf").and_then(Value::as_array_mut) {
        Some(branches) if !branches.is_empty() => branches.remove(0),
        _ => schema,
    }
}
