use crate::code::Code;
use syn::Attribute;

/// Whether values are read (arguments) or written (results).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    In,
    Out,
}

impl Direction {
    pub fn trait_name(self) -> &'static str {
        match self {
            Direction::In => "Deserialize",
            Direction::Out => "Serialize",
        }
    }
}

/// How a type comes to be read or written.
pub enum Means {
    Derived,
    /// By an `impl` somebody wrote: its form in JSON is not known here.
    ByHand,
}

pub fn means_of(
    code: &Code,
    name: &str,
    attributes: &[Attribute],
    direction: Direction,
) -> Result<Means, String> {
    let wanted = direction.trait_name();
    if derives(attributes, wanted) {
        return Ok(Means::Derived);
    }
    if code.implements(wanted, name) {
        return Ok(Means::ByHand);
    }
    Err(format!("{name} has to derive serde::{wanted}"))
}

fn derives(attributes: &[Attribute], wanted: &str) -> bool {
    attributes
        .iter()
        .filter(|one| one.path().is_ident("derive"))
        .any(|one| {
            let mut found = false;
            let _ = one.parse_nested_meta(|meta| {
                found |= meta
                    .path
                    .segments
                    .last()
                    .map_or(false, |last| last.ident == wanted);
                Ok(())
            });
            found
        })
}
