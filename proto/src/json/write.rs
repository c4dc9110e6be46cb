// SPDX-License-Identifier: Apache-2.0
//! JSON to bytes: fields by number, maps by key, both halves of every entry, as Fabric writes them.

use super::error::{At, Error};
use super::layers::{Context, Layer, Place, layer};
use super::{BYTES_MARK, ERROR_MARK, Layers, MAX_DEPTH, UNKNOWN_MARK, scalar, time};
use prost::Message;
use prost::encoding::{WireType, encode_key, encode_varint};
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor, Value as Field};
use serde_json::{Map, Value};

pub(super) fn encode(descriptor: &MessageDescriptor, value: &Value) -> Result<Vec<u8>, Error> {
    message(descriptor, value, Place::Nowhere, "", &At::ROOT)
}

fn message(
    descriptor: &MessageDescriptor,
    value: &Value,
    place: Place,
    key: &str,
    at: &At<'_>,
) -> Result<Vec<u8>, Error> {
    if at.depth() > MAX_DEPTH {
        return Err(Error::json(at, "nested too deep"));
    }
    if descriptor.full_name() == time::TIMESTAMP && !value.is_object() {
        return Ok(time::from_text(value.as_str().unwrap_or_default(), at)?.encode_to_vec());
    }
    let wanted = || Error::json(at, format!("a {} is wanted", descriptor.full_name()));
    let beside = value.as_object().ok_or_else(wanted)?;
    check_names(descriptor, beside, at)?;
    let mut fields: Vec<FieldDescriptor> = descriptor.fields().collect();
    fields.sort_by_key(FieldDescriptor::number);
    let context = Context { layers: Layers::All, place, key, beside };
    let mut bytes = Vec::new();
    for field in &fields {
        let at = at.field(field.name());
        match beside.get(field.name()) {
            None | Some(Value::Null) => {}
            Some(value) if field.is_map() => {
                map(descriptor, field, value, &context, &at, &mut bytes)?;
            }
            Some(value) if field.is_list() => {
                list(descriptor, field, value, &context, &at, &mut bytes)?;
            }
            Some(value) => {
                let content = single(descriptor, field, value, 0, "", &context, &at)?;
                // A default says the same as silence, except where silence is something else.
                if field.supports_presence() || !content.is_default(&field.kind()) {
                    put(field, &content, &mut bytes);
                }
            }
        }
    }
    if let Some(unknown) = beside.get(UNKNOWN_MARK) {
        let at = at.field(UNKNOWN_MARK);
        bytes.extend(scalar::from_base64(scalar::text(unknown, &at)?, &at)?);
    }
    Ok(bytes)
}

/// A name that is misspelt must not vanish.
fn check_names(
    descriptor: &MessageDescriptor,
    fields: &Map<String, Value>,
    at: &At<'_>,
) -> Result<(), Error> {
    for (name, value) in fields.iter().filter(|(name, _)| *name != UNKNOWN_MARK) {
        let Some(field) = descriptor.get_field_by_name(name) else {
            return Err(Error::json(at, format!("a {} has no {name:?}", descriptor.full_name())));
        };
        let Some(choice) = field.containing_oneof().filter(|_| !value.is_null()) else { continue };
        let is_set =
            |other: &FieldDescriptor| fields.get(other.name()).is_some_and(|v| !v.is_null());
        if choice.fields().filter(is_set).count() > 1 {
            return Err(Error::json(at, format!("only one of {:?} can be there", choice.name())));
        }
    }
    Ok(())
}

fn list(
    descriptor: &MessageDescriptor,
    field: &FieldDescriptor,
    value: &Value,
    context: &Context<'_>,
    at: &At<'_>,
    bytes: &mut Vec<u8>,
) -> Result<(), Error> {
    let items = value.as_array().ok_or_else(|| Error::json(at, "a list is wanted"))?;
    let mut packed = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let content = single(descriptor, field, item, index, "", context, &at.index(index))?;
        if field.is_packed() {
            put_number(&field.kind(), &content, &mut packed);
        } else {
            put(field, &content, bytes);
        }
    }
    if !packed.is_empty() {
        put_bytes(field.number(), &packed, bytes);
    }
    Ok(())
}

fn map(
    descriptor: &MessageDescriptor,
    field: &FieldDescriptor,
    value: &Value,
    context: &Context<'_>,
    at: &At<'_>,
    bytes: &mut Vec<u8>,
) -> Result<(), Error> {
    let entries = value.as_object().ok_or_else(|| Error::json(at, "an object is wanted"))?;
    let Kind::Message(entry) = field.kind() else { return Ok(()) };
    let (keys, values) = (entry.map_entry_key_field(), entry.map_entry_value_field());
    let mut sorted: Vec<(&String, &Value)> = entries.iter().collect();
    sorted.sort_by_key(|(key, _)| *key);
    for (key, value) in sorted {
        let at = at.field(key);
        let name = scalar::from_json(&Value::String(key.clone()), &keys.kind(), &at)?;
        let content = match values.kind() {
            Kind::Message(inner) => {
                let place = context.place.below(descriptor.full_name(), field.name(), key);
                Field::Bytes(message(&inner, value, place, key, &at)?.into())
            }
            _ => single(descriptor, &values, value, 0, key, context, &at)?,
        };
        let mut pair = Vec::new();
        put(&keys, &name, &mut pair);
        put(&values, &content, &mut pair);
        put_bytes(field.number(), &pair, bytes);
    }
    Ok(())
}

/// One value; messages and opened layers are their bytes already.
fn single(
    descriptor: &MessageDescriptor,
    field: &FieldDescriptor,
    value: &Value,
    index: usize,
    key: &str,
    context: &Context<'_>,
    at: &At<'_>,
) -> Result<Field, Error> {
    let name = descriptor.full_name();
    match (field.kind(), value) {
        (Kind::Message(inner), _) => {
            let place = context.place.below(name, field.name(), key);
            Ok(Field::Bytes(message(&inner, value, place, key, at)?.into()))
        }
        (Kind::Bytes, Value::Object(fields)) => {
            if let Some(bytes) = marked(fields, at)? {
                return Ok(Field::Bytes(bytes.into()));
            }
            let Layer::Message(inner) = layer(name, field.name(), index, context) else {
                return Err(Error::json(
                    at,
                    "bytes in base64 are wanted: no message is known here",
                ));
            };
            let place = context.place.below(name, field.name(), &index.to_string());
            let inner = super::descriptor(inner)?;
            Ok(Field::Bytes(message(&inner, value, place, "", at)?.into()))
        }
        // An empty layer in a list.
        (Kind::Bytes, Value::Null) => Ok(Field::Bytes(crate::Bytes::new())),
        (kind, _) => scalar::from_json(value, &kind, at),
    }
}

/// The bytes of a layer that could not be opened when it was printed.
fn marked(fields: &Map<String, Value>, at: &At<'_>) -> Result<Option<Vec<u8>>, Error> {
    let Some(bytes) = fields.get(BYTES_MARK) else { return Ok(None) };
    let text = bytes.as_str().filter(|_| fields.keys().all(|k| k == BYTES_MARK || k == ERROR_MARK));
    let text = text.ok_or_else(|| Error::json(at, "beside \"@bytes\" nothing else can be"))?;
    scalar::from_base64(text, &at.field(BYTES_MARK)).map(Some)
}

fn put(field: &FieldDescriptor, content: &Field, bytes: &mut Vec<u8>) {
    let number = field.number();
    match content {
        Field::Bytes(content) => put_bytes(number, content, bytes),
        Field::String(content) => put_bytes(number, content.as_bytes(), bytes),
        _ => {
            encode_key(number, field.kind().wire_type(), bytes);
            put_number(&field.kind(), content, bytes);
        }
    }
}

fn put_bytes(number: u32, content: &[u8], bytes: &mut Vec<u8>) {
    encode_key(number, WireType::LengthDelimited, bytes);
    encode_varint(content.len() as u64, bytes);
    bytes.extend_from_slice(content);
}

/// A number without its key. Negative ones are extended to 64 bits first.
fn put_number(kind: &Kind, content: &Field, bytes: &mut Vec<u8>) {
    match (kind, content) {
        (Kind::Sfixed32, Field::I32(value)) => bytes.extend(value.to_le_bytes()),
        (Kind::Fixed32, Field::U32(value)) => bytes.extend(value.to_le_bytes()),
        (Kind::Sfixed64, Field::I64(value)) => bytes.extend(value.to_le_bytes()),
        (Kind::Fixed64, Field::U64(value)) => bytes.extend(value.to_le_bytes()),
        (_, Field::F32(value)) => bytes.extend(value.to_le_bytes()),
        (_, Field::F64(value)) => bytes.extend(value.to_le_bytes()),
        (Kind::Sint32, Field::I32(value)) => encode_varint(zigzag(i64::from(*value)), bytes),
        (Kind::Sint64, Field::I64(value)) => encode_varint(zigzag(*value), bytes),
        (_, Field::I32(value) | Field::EnumNumber(value)) => {
            encode_varint(i64::from(*value).cast_unsigned(), bytes);
        }
        (_, Field::I64(value)) => encode_varint(value.cast_unsigned(), bytes),
        (_, Field::U32(value)) => encode_varint(u64::from(*value), bytes),
        (_, Field::U64(value)) => encode_varint(*value, bytes),
        (_, Field::Bool(value)) => encode_varint(u64::from(*value), bytes),
        // Not numbers.
        (
            _,
            Field::String(_) | Field::Bytes(_) | Field::Message(_) | Field::List(_) | Field::Map(_),
        ) => {}
    }
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}
