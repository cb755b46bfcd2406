use super::finite;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter};
use serde_json::Serializer;
use std::fmt;
use std::io;

/// A value that JSON cannot hold, with the place in it.
#[derive(Debug)]
pub struct Unsendable(pub String);

impl fmt::Display for Unsendable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Writes compact JSON, and notes whether there is a null in it: that is how serde_json writes a NaN.
#[derive(Default)]
struct Noting<'a> {
    nulls: Option<&'a mut bool>,
}

impl Formatter for Noting<'_> {
    fn write_null<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if let Some(seen) = &mut self.nulls {
            **seen = true;
        }
        CompactFormatter.write_null(writer)
    }
}

/// The value as compact JSON; a number that is none is refused with its place.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<String, Unsendable> {
    let mut text = Vec::with_capacity(128);
    let mut nulls = false;
    let formatter = Noting {
        nulls: Some(&mut nulls),
    };
    value
        .serialize(&mut Serializer::with_formatter(&mut text, formatter))
        .map_err(|error| Unsendable(error.to_string()))?;
    if nulls {
        finite::check(value).map_err(Unsendable)?;
    }
    String::from_utf8(text).map_err(|error| Unsendable(error.to_string()))
}
