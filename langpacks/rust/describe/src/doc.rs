use std::collections::BTreeMap;
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// A doc comment taken apart.
#[derive(Default)]
pub struct Doc {
    pub description: String,
    pub arguments: BTreeMap<String, String>,
}

/// Name under which a comment's words about the result are kept.
pub const RETURN: &str = "return";

/// The text of a doc comment.
pub fn doc_text(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|one| match &one.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    let lines: Vec<String> = lines
        .map(|line| line.strip_prefix(' ').unwrap_or(&line).to_owned())
        .collect();
    lines.join("\n").trim().to_owned()
}

impl Doc {
    /// Words about arguments are list items: "* `name` - words", "- name: words"; or "@param name words".
    pub fn parse(attributes: &[Attribute]) -> Self {
        let text = doc_text(attributes);
        let mut doc = Doc::default();
        let mut words = Vec::new();
        let mut current: Option<String> = None;
        for line in text.lines() {
            if let Some((name, text)) = argument_line(line) {
                doc.arguments.insert(name.clone(), text);
                current = Some(name);
            } else if is_heading(line) {
                current = None;
            } else if line.trim().is_empty() || current.is_none() {
                current = None;
                words.push(line);
            } else if let Some(text) = current
                .as_ref()
                .and_then(|name| doc.arguments.get_mut(name))
            {
                text.push(' ');
                text.push_str(line.trim());
            }
        }
        doc.description = words.join("\n").trim().to_owned();
        doc
    }

    pub fn of(&self, argument: &str) -> &str {
        self.arguments.get(argument).map_or("", String::as_str)
    }
}

/// `# Arguments` above the list says nothing more than the list.
fn is_heading(line: &str) -> bool {
    let heading = line.trim_start_matches('#').trim();
    line.starts_with('#') && ["Arguments", "Parameters", "Returns"].contains(&heading)
}

fn argument_line(line: &str) -> Option<(String, String)> {
    let line = line.trim_start();
    if let Some(rest) = line
        .strip_prefix("@returns ")
        .or_else(|| line.strip_prefix("@return "))
    {
        return Some((RETURN.to_owned(), rest.trim().to_owned()));
    }
    if let Some(rest) = line.strip_prefix("@param ") {
        let (name, text) = rest.split_once(' ').unwrap_or((rest, ""));
        return Some((
            name.to_owned(),
            text.trim_start_matches("- ").trim().to_owned(),
        ));
    }
    let rest = line
        .strip_prefix("* ")
        .or_else(|| line.strip_prefix("- "))?;
    let (name, text) = match rest.strip_prefix('`') {
        Some(quoted) => quoted.split_once('`')?,
        None => rest.split_once(':')?,
    };
    if name.is_empty()
        || !name
            .chars()
            .all(|letter| letter.is_alphanumeric() || letter == '_')
    {
        return None;
    }
    Some((
        name.to_owned(),
        text.trim_start_matches([' ', '-', ':', '–', '—'])
            .trim_end()
            .to_owned(),
    ))
}
