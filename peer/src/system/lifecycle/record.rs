// SPDX-License-Identifier: Apache-2.0
//! How `_lifecycle` writes a record down: a key for each field, and one that lists the fields.
//!
//! Endorsers of different makes must write the same bytes, so the names of the fields and the types
//! of their values are Fabric's.

use crate::lifecycle::{Definition, keys};
use proto::Bytes;
use proto::lifecycle::{
    ChaincodeEndorsementInfo, ChaincodeValidationInfo, StateData, StateMetadata, state_data,
};
use proto::prost::Message;

/// A record, ready to be written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Record {
    datatype: &'static str,
    fields: Vec<(&'static str, Bytes)>,
}

impl Record {
    /// What organisations approve: a definition without its sequence.
    pub(super) fn parameters(definition: &Definition) -> Self {
        Self { datatype: "ChaincodeParameters", fields: parameters(definition) }
    }

    /// What the channel agrees upon.
    pub(super) fn definition(definition: &Definition) -> Self {
        let sequence = data(state_data::Type::Int64(definition.sequence));
        let mut fields = vec![(keys::SEQUENCE, sequence)];
        fields.extend(parameters(definition));
        Self { datatype: keys::DATATYPE, fields }
    }

    /// The package that an organisation runs for a definition; empty when it runs none.
    pub(super) fn local_package(id: &str) -> Self {
        Self { datatype: "ChaincodeLocalPackage", fields: vec![(PACKAGE_ID, package(id))] }
    }

    /// The list of the fields.
    pub(super) fn metadata(&self) -> Bytes {
        let fields = self.fields.iter().map(|(name, _)| (*name).to_owned()).collect();
        let metadata = StateMetadata { datatype: self.datatype.to_owned(), fields };
        metadata.encode_to_vec().into()
    }

    /// Names and values.
    pub(super) fn fields(&self) -> &[(&'static str, Bytes)] {
        &self.fields
    }
}

fn parameters(definition: &Definition) -> Vec<(&'static str, Bytes)> {
    let endorsement = ChaincodeEndorsementInfo {
        version: definition.version.clone(),
        init_required: definition.init_required,
        endorsement_plugin: definition.endorsement_plugin.clone(),
    };
    let validation = ChaincodeValidationInfo {
        validation_plugin: definition.validation_plugin.clone(),
        validation_parameter: definition.validation_parameter.clone(),
    };
    vec![
        (keys::ENDORSEMENT_INFO, message(&endorsement)),
        (keys::VALIDATION_INFO, message(&validation)),
        (keys::COLLECTIONS, message(&definition.collections)),
    ]
}

/// How the id of a package is written down.
pub(super) fn package(id: &str) -> Bytes {
    data(state_data::Type::String(id.to_owned()))
}

fn message(message: &impl Message) -> Bytes {
    data(state_data::Type::Bytes(message.encode_to_vec().into()))
}

fn data(value: state_data::Type) -> Bytes {
    StateData { r#type: Some(value) }.encode_to_vec().into()
}

/// The key of the list of fields of a record.
pub(super) fn metadata_key(kind: &str, name: &str) -> String {
    format!("{kind}/metadata/{name}")
}

/// The key of a field of a record.
pub(super) fn field_key(kind: &str, name: &str, field: &str) -> String {
    format!("{kind}/fields/{name}/{field}")
}

/// The name under which a definition is approved.
pub(super) fn private_name(chaincode: &str, sequence: i64) -> String {
    format!("{chaincode}#{sequence}")
}

/// Definitions and approvals.
pub(super) const NAMESPACES: &str = "namespaces";
/// Packages of approvals.
pub(super) const SOURCES: &str = "chaincode-sources";
/// The one field of the record of a package.
pub(super) const PACKAGE_ID: &str = "PackageID";
