// SPDX-License-Identifier: Apache-2.0
//! Values that hold no others: numbers, texts, bytes, names of enums.

use super::error::{At, Error};
use base64ct::{Base64, Encoding};
use prost_reflect::{Kind, MapKey, Value as Field};
use serde_json::Value;
use std::fmt::Display;
use std::str::FromStr;

/// Bytes in padded base64, the alphabet with `+` and `/`.
pub(super) fn base64(bytes: &[u8]) -> Value {
    Value::String(Base64::encode_string(bytes))
}

/// Reads them.
pub(super) fn from_base64(text: &str, at: &At<'_>) -> Result<Vec<u8>, Error> {
    Base64::decode_vec(text)
        .map_err(|_| Error::json(at, "bytes in base64 are wanted, with padding"))
}

/// A scalar as it is printed.
pub(super) fn to_json(value: &Field, kind: &Kind) -> Value {
    match value {
        Field::Bool(value) => Value::Bool(*value),
        Field::I32(value) => (*value).into(),
        Field::U32(value) => (*value).into(),
        // A number of JSON has no room for them in many readers.
        Field::I64(value) => Value::String(value.to_string()),
        Field::U64(value) => Value::String(value.to_string()),
        Field::F32(value) => (*value).into(),
        Field::F64(value) => (*value).into(),
        Field::String(value) => Value::String(value.clone()),
        Field::Bytes(value) => base64(value),
        Field::EnumNumber(number) => enum_to_json(*number, kind),
        // The walk takes these apart before it comes here.
        Field::Message(_) | Field::List(_) | Field::Map(_) => Value::Null,
    }
}

fn enum_to_json(number: i32, kind: &Kind) -> Value {
    let name = kind.as_enum().and_then(|kind| kind.get_value(number));
    name.map_or_else(|| number.into(), |value| Value::String(value.name().to_owned()))
}

/// The key of a map as text.
pub(super) fn key_to_text(key: &MapKey) -> String {
    match key {
        MapKey::Bool(key) => key.to_string(),
        MapKey::I32(key) => key.to_string(),
        MapKey::I64(key) => key.to_string(),
        MapKey::U32(key) => key.to_string(),
        MapKey::U64(key) => key.to_string(),
        MapKey::String(key) => key.clone(),
    }
}

/// A scalar from its JSON. Numbers may be strings, enums numbers.
pub(super) fn from_json(value: &Value, kind: &Kind, at: &At<'_>) -> Result<Field, Error> {
    Ok(match kind {
        Kind::Bool => Field::Bool(match value {
            Value::Bool(value) => *value,
            // As keys of maps are written.
            Value::String(text) if text == "true" => true,
            Value::String(text) if text == "false" => false,
            _ => return Err(Error::json(at, "true or false is wanted")),
        }),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Field::I32(number(value, at)?),
        Kind::Uint32 | Kind::Fixed32 => Field::U32(number(value, at)?),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Field::I64(number(value, at)?),
        Kind::Uint64 | Kind::Fixed64 => Field::U64(number(value, at)?),
        Kind::Float => Field::F32(number(value, at)?),
        Kind::Double => Field::F64(number(value, at)?),
        Kind::String => Field::String(text(value, at)?.to_owned()),
        Kind::Bytes => Field::Bytes(from_base64(text(value, at)?, at)?.into()),
        Kind::Enum(names) => Field::EnumNumber(match value {
            Value::String(name) => match names.get_value_by_name(name) {
                Some(value) => value.number(),
                None => return Err(Error::json(at, format!("{name:?} is no {}", names.name()))),
            },
            _ => number(value, at)?,
        }),
        Kind::Message(message) => {
            return Err(Error::json(at, format!("a {} is wanted", message.full_name())));
        }
    })
}

/// A text from its JSON.
pub(super) fn text<'a>(value: &'a Value, at: &At<'_>) -> Result<&'a str, Error> {
    value.as_str().ok_or_else(|| Error::json(at, "a text is wanted"))
}

fn number<N: FromStr>(value: &Value, at: &At<'_>) -> Result<N, Error>
where
    N::Err: Display,
{
    let digits = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err(Error::json(at, "a number is wanted")),
    };
    digits.parse().map_err(|why| Error::json(at, format!("a number is wanted: {why}")))
}
