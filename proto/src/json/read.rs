// SPDX-License-Identifier: Apache-2.0
//! Bytes to JSON.

use super::error::{At, Error};
use super::layers::{Context, Layer, Place, is_variable, layer};
use super::{BYTES_MARK, ERROR_MARK, Layers, MAX_DEPTH, MAX_VALUES, UNKNOWN_MARK, scalar, time};
use crate::Bytes;
use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage, Value as Field,
};
use serde_json::{Map, Value};

pub(super) fn decode(
    descriptor: &MessageDescriptor,
    bytes: &[u8],
    layers: Layers,
) -> Result<Value, Error> {
    let mut reader = Reader { layers, left: MAX_VALUES };
    let message = parse(descriptor, Bytes::copy_from_slice(bytes))?;
    match reader.message(&message, Place::Nowhere, "", &At::ROOT) {
        Ok(value) => Ok(value),
        Err(Stop::TooLarge) => Err(Error::TooLarge),
        Err(Stop::TooDeep) => {
            Err(not_a(message.descriptor().full_name(), "messages nested too deep to be printed"))
        }
    }
}

/// Why the walk through a message ended.
enum Stop {
    /// The innermost layer around stays closed.
    TooDeep,
    TooLarge,
}

struct Reader {
    layers: Layers,
    /// How many more values may be made.
    left: usize,
}

impl Reader {
    fn message(
        &mut self,
        message: &DynamicMessage,
        place: Place,
        key: &str,
        at: &At<'_>,
    ) -> Result<Value, Stop> {
        let descriptor = message.descriptor();
        let name = descriptor.full_name();
        if let Some(text) = timestamp(message).filter(|_| name == time::TIMESTAMP) {
            return Ok(Value::String(text));
        }
        let mut fields: Vec<FieldDescriptor> = descriptor.fields().collect();
        // Those that depend on others come after them; everything is sorted in the end.
        fields.sort_by_cached_key(|field| is_variable(name, field.name()));
        let mut printed = Map::with_capacity(fields.len());
        for field in fields {
            let has = message.has_field(&field);
            if !has && field.containing_oneof().is_some() {
                continue;
            }
            let context = Context { layers: self.layers, place, key, beside: &printed };
            let at = at.field(field.name());
            let value = if has || field.is_list() || field.is_map() || !is_message(&field.kind()) {
                let content = message.get_field(&field);
                self.field(name, &field, &content, &context, &at)?
            } else {
                self.count()?;
                Value::Null
            };
            printed.insert(field.name().to_owned(), value);
        }
        if let Some(unknown) = unknown(message) {
            printed.insert(UNKNOWN_MARK.to_owned(), scalar::base64(&unknown));
        }
        printed.sort_keys();
        Ok(Value::Object(printed))
    }

    fn field(
        &mut self,
        message: &str,
        field: &FieldDescriptor,
        content: &Field,
        context: &Context<'_>,
        at: &At<'_>,
    ) -> Result<Value, Stop> {
        match content {
            Field::List(items) => {
                self.count()?;
                let items = items.iter().enumerate().map(|(index, item)| {
                    self.single(message, field, item, index, "", context, &at.index(index))
                });
                Ok(Value::Array(items.collect::<Result<_, Stop>>()?))
            }
            Field::Map(entries) => {
                self.count()?;
                let Kind::Message(entry) = field.kind() else { return Ok(Value::Null) };
                let values = entry.map_entry_value_field();
                let mut printed = Map::with_capacity(entries.len());
                for (key, content) in entries {
                    let key = scalar::key_to_text(key);
                    let at = at.field(&key);
                    let value = match content {
                        // The place depends on the field of the map, not on that of its entry.
                        Field::Message(content) => {
                            self.count()?;
                            let place = context.place.below(message, field.name(), &key);
                            self.deeper(content, place, &key, &at)?
                        }
                        _ => self.single(message, &values, content, 0, &key, context, &at)?,
                    };
                    printed.insert(key, value);
                }
                printed.sort_keys();
                Ok(Value::Object(printed))
            }
            _ => self.single(message, field, content, 0, "", context, at),
        }
    }

    #[allow(clippy::too_many_arguments)] // one value and all that says what it is
    fn single(
        &mut self,
        message: &str,
        field: &FieldDescriptor,
        content: &Field,
        index: usize,
        key: &str,
        context: &Context<'_>,
        at: &At<'_>,
    ) -> Result<Value, Stop> {
        self.count()?;
        match content {
            Field::Message(inner) => {
                let place = context.place.below(message, field.name(), key);
                self.deeper(inner, place, key, at)
            }
            Field::Bytes(bytes) => match layer(message, field.name(), index, context) {
                Layer::Closed => Ok(scalar::base64(bytes)),
                _ if bytes.is_empty() => Ok(Value::Null),
                Layer::Unknown => Ok(scalar::base64(bytes)),
                Layer::Message(inner) => {
                    let key = index.to_string();
                    let place = context.place.below(message, field.name(), &key);
                    self.layer(inner, bytes, place, at)
                }
            },
            _ => Ok(scalar::to_json(content, &field.kind())),
        }
    }

    /// Opens a layer; one that cannot be opened is printed as bytes with the reason.
    fn layer(
        &mut self,
        name: &'static str,
        bytes: &Bytes,
        place: Place,
        at: &At<'_>,
    ) -> Result<Value, Stop> {
        let why = match super::descriptor(name).and_then(|inner| parse(&inner, bytes.clone())) {
            Ok(message) => match self.deeper(&message, place, "", at) {
                Err(Stop::TooDeep) => not_a(name, "nested too deep to be opened").to_string(),
                other => return other,
            },
            Err(error) => error.to_string(),
        };
        let mut marked = Map::with_capacity(2);
        marked.insert(BYTES_MARK.to_owned(), scalar::base64(bytes));
        marked.insert(ERROR_MARK.to_owned(), Value::String(why));
        Ok(Value::Object(marked))
    }

    fn deeper(
        &mut self,
        message: &DynamicMessage,
        place: Place,
        key: &str,
        at: &At<'_>,
    ) -> Result<Value, Stop> {
        if at.depth() >= MAX_DEPTH {
            return Err(Stop::TooDeep);
        }
        self.message(message, place, key, at)
    }

    fn count(&mut self) -> Result<(), Stop> {
        self.left = self.left.checked_sub(1).ok_or(Stop::TooLarge)?;
        Ok(())
    }
}

fn parse(descriptor: &MessageDescriptor, bytes: Bytes) -> Result<DynamicMessage, Error> {
    DynamicMessage::decode(descriptor.clone(), bytes)
        .map_err(|error| not_a(descriptor.full_name(), &error.to_string()))
}

fn not_a(message: &str, why: &str) -> Error {
    Error::Bytes { message: message.to_owned(), why: why.to_owned() }
}

fn is_message(kind: &Kind) -> bool {
    matches!(kind, Kind::Message(_))
}

/// A time as text, if it is one and can be.
fn timestamp(message: &DynamicMessage) -> Option<String> {
    let seconds = message.get_field_by_number(1)?.as_i64()?;
    let nanos = message.get_field_by_number(2)?.as_i32()?;
    time::to_text(seconds, nanos).filter(|_| message.unknown_fields().next().is_none())
}

/// The fields that the definition of the message does not have, as they travelled.
fn unknown(message: &DynamicMessage) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    message.unknown_fields().for_each(|field| field.encode(&mut bytes));
    Some(bytes).filter(|bytes| !bytes.is_empty())
}
