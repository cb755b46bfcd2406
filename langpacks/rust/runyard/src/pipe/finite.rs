//! Finds the number in a value that JSON cannot hold.

use serde::ser::{self, Serialize, SerializeMap, SerializeStruct};
use std::fmt;

/// Where the first NaN or infinite number is, in words.
pub fn check<T: Serialize + ?Sized>(value: &T) -> Result<(), String> {
    value
        .serialize(Finder)
        .map_err(|found| format!("{}: {}", found.path, found.message))
}

#[derive(Debug)]
struct Found {
    path: String,
    message: String,
}

impl Found {
    fn within(self, segment: impl fmt::Display) -> Self {
        let segment = segment.to_string().replace('~', "~0").replace('/', "~1");
        Found {
            path: format!("/{segment}{}", self.path),
            ..self
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

impl std::error::Error for Found {}

impl ser::Error for Found {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Found {
            path: String::new(),
            message: message.to_string(),
        }
    }
}

struct Finder;

type End = Result<(), Found>;

macro_rules! passed_over {
    ($($method:ident: $type:ty),*) => { $(fn $method(self, _: $type) -> End { Ok(()) })* };
}

impl ser::Serializer for Finder {
    type Ok = ();
    type Error = Found;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;
    type SerializeMap = Members;
    type SerializeStruct = Members;
    type SerializeStructVariant = Members;

    passed_over!(
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_char: char,
        serialize_str: &str, serialize_bytes: &[u8], serialize_unit_struct: &'static str
    );

    fn serialize_f32(self, value: f32) -> End {
        self.serialize_f64(f64::from(value))
    }

    fn serialize_f64(self, value: f64) -> End {
        if value.is_finite() {
            return Ok(());
        }
        Err(ser::Error::custom(format_args!(
            "{value} is no number in JSON"
        )))
    }

    fn serialize_none(self) -> End {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> End {
        value.serialize(self)
    }

    fn serialize_unit(self) -> End {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> End {
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> End {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> End {
        value.serialize(self).map_err(|found| found.within(variant))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items, Found> {
        Ok(Items(0))
    }

    fn serialize_tuple(self, _: usize) -> Result<Items, Found> {
        Ok(Items(0))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Items, Found> {
        Ok(Items(0))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Items, Found> {
        Ok(Items(0))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Members, Found> {
        Ok(Members(String::new()))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members, Found> {
        Ok(Members(String::new()))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Members, Found> {
        Ok(Members(String::new()))
    }
}

/// How many items came before.
struct Items(usize);

impl Items {
    fn next<T: Serialize + ?Sized>(&mut self, value: &T) -> End {
        let at = self.0;
        self.0 += 1;
        value.serialize(Finder).map_err(|found| found.within(at))
    }
}

macro_rules! items {
    ($($name:ident: $method:ident),*) => { $(impl ser::$name for Items {
        type Ok = ();
        type Error = Found;

        fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> End {
            self.next(value)
        }

        fn end(self) -> End {
            Ok(())
        }
    })* };
}

items!(
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field
);

/// The key that came last.
struct Members(String);

impl SerializeMap for Members {
    type Ok = ();
    type Error = Found;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> End {
        let text = serde_json::to_value(key).unwrap_or_default();
        self.0 = text
            .as_str()
            .map_or_else(|| text.to_string(), str::to_owned);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> End {
        value
            .serialize(Finder)
            .map_err(|found| found.within(&self.0))
    }

    fn end(self) -> End {
        Ok(())
    }
}

impl SerializeStruct for Members {
    type Ok = ();
    type Error = Found;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> End {
        value.serialize(Finder).map_err(|found| found.within(key))
    }

    fn end(self) -> End {
        Ok(())
    }
}

impl ser::SerializeStructVariant for Members {
    type Ok = ();
    type Error = Found;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> End {
        SerializeStruct::serialize_field(self, key, value)
    }

    fn end(self) -> End {
        Ok(())
    }
}
