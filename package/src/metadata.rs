// SPDX-License-Identifier: Apache-2.0
//! `metadata.json`: label and kind of a package.

use crate::{Error, is_label};
use serde::Deserialize;

/// What a package says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Metadata {
    /// The path the code was packed from; empty for a service.
    pub(crate) path: String,
    /// The kind of code, in lower case.
    pub(crate) kind: String,
    /// The label.
    pub(crate) label: String,
}

impl Metadata {
    pub(crate) fn parse(json: &[u8]) -> Result<Self, Error> {
        // What else is in it belongs to builders.
        #[derive(Deserialize)]
        struct Json {
            #[serde(default)]
            path: String,
            r#type: String,
            label: String,
        }
        let json: Json =
            serde_json::from_slice(json).map_err(|error| Error::Metadata(error.to_string()))?;
        if !is_label(&json.label) {
            let label: String = json.label.chars().take(80).collect();
            return Err(Error::Metadata(format!(
                "the label {label:?} must be letters, digits and _ . + - behind a letter or digit"
            )));
        }
        if json.r#type.is_empty() {
            return Err(Error::Metadata(
                "the type is empty; such as golang, node, ccaas".to_owned(),
            ));
        }
        Ok(Self { path: json.path, kind: json.r#type.to_lowercase(), label: json.label })
    }
}
