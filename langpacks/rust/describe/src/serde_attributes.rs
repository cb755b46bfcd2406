use syn::{Attribute, Expr, ExprLit, Lit, Token};

/// What `#[serde(...)]` says of a container, a variant or a field.
#[derive(Default, Clone)]
pub struct SerdeAttributes {
    pub rename: Option<String>,
    pub rename_all: Option<String>,
    pub tag: Option<String>,
    pub content: Option<String>,
    pub untagged: bool,
    pub transparent: bool,
    pub default: bool,
    pub skip: bool,
    pub may_skip: bool,
    pub flatten: bool,
    /// The field is written and read by functions of its own, or the container by another type.
    pub by_hand: bool,
}

impl SerdeAttributes {
    pub fn parse(attributes: &[Attribute]) -> Result<Self, String> {
        let mut found = SerdeAttributes::default();
        for attribute in attributes.iter().filter(|one| one.path().is_ident("serde")) {
            attribute
                .parse_nested_meta(|meta| found.take(meta))
                .map_err(|error| format!("#[serde]: {error}"))?;
        }
        Ok(found)
    }

    fn take(&mut self, meta: syn::meta::ParseNestedMeta) -> syn::Result<()> {
        let name = meta
            .path
            .get_ident()
            .map(ToString::to_string)
            .unwrap_or_default();
        let value = if meta.input.peek(Token![=]) {
            text_of(&meta.value()?.parse()?)
        } else {
            None
        };
        if meta.input.peek(syn::token::Paren) {
            // rename(serialize = ..., deserialize = ...), bound(...): names that differ by direction.
            meta.parse_nested_meta(|inner| inner.value()?.parse::<Expr>().map(drop))?;
            self.by_hand = self.by_hand || name.starts_with("rename");
            return Ok(());
        }
        match name.as_str() {
            "rename" => self.rename = value,
            "rename_all" => self.rename_all = value,
            "tag" => self.tag = value,
            "content" => self.content = value,
            "untagged" => self.untagged = true,
            "transparent" => self.transparent = true,
            "default" => self.default = true,
            "skip" | "skip_deserializing" => self.skip = true,
            "skip_serializing" | "skip_serializing_if" => self.may_skip = true,
            "flatten" => self.flatten = true,
            "with" | "serialize_with" | "deserialize_with" | "from" | "into" | "try_from"
            | "remote" | "other" => {
                self.by_hand = true;
            }
            _ => {}
        }
        Ok(())
    }

    /// The name that JSON has for an identifier.
    pub fn name_of(&self, written: &str, rule: Option<&str>, is_variant: bool) -> String {
        if let Some(name) = &self.rename {
            return name.clone();
        }
        let written = written.trim_start_matches("r#");
        let words = if is_variant {
            split_variant(written)
        } else {
            split_field(written)
        };
        let capital = |word: &String| word[..1].to_uppercase() + &word[1..];
        match rule {
            Some("lowercase") => written.to_lowercase(),
            Some("UPPERCASE") => written.to_uppercase(),
            Some("PascalCase") => words.iter().map(capital).collect(),
            Some("camelCase") => {
                let name: String = words.iter().map(capital).collect();
                name[..1].to_lowercase() + &name[1..]
            }
            Some("snake_case") => words.join("_"),
            Some("SCREAMING_SNAKE_CASE") => words.join("_").to_uppercase(),
            Some("kebab-case") => words.join("-"),
            Some("SCREAMING-KEBAB-CASE") => words.join("-").to_uppercase(),
            _ => written.to_owned(),
        }
    }
}

fn text_of(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    }
}

fn split_field(name: &str) -> Vec<String> {
    name.split('_')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// `VeryTasty` is two words; serde begins one at each capital.
fn split_variant(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for letter in name.chars() {
        match words.last_mut() {
            Some(word) if !letter.is_uppercase() => word.push(letter),
            _ => words.push(letter.to_lowercase().collect()),
        }
    }
    words
}
