// SPDX-License-Identifier: Apache-2.0
//! Where a definition stands in the namespace `_lifecycle`.

/// The fields of a definition, in the order in which its metadata lists them.
pub const FIELDS: [&str; 4] = [SEQUENCE, ENDORSEMENT_INFO, VALIDATION_INFO, COLLECTIONS];
/// How often it was agreed upon: an integer.
pub const SEQUENCE: &str = "Sequence";
/// A serialized `ChaincodeEndorsementInfo`.
pub const ENDORSEMENT_INFO: &str = "EndorsementInfo";
/// A serialized `ChaincodeValidationInfo`.
pub const VALIDATION_INFO: &str = "ValidationInfo";
/// A serialized `CollectionConfigPackage`.
pub const COLLECTIONS: &str = "Collections";

/// What the metadata of a definition says it is.
pub const DATATYPE: &str = "ChaincodeDefinition";

/// Where the metadata of a chaincode's definition stands: a `StateMetadata`.
#[must_use]
pub fn metadata(chaincode: &str) -> String {
    format!("namespaces/metadata/{chaincode}")
}

/// Where a field of it stands: a `StateData`.
#[must_use]
pub fn field(chaincode: &str, field: &str) -> String {
    format!("namespaces/fields/{chaincode}/{field}")
}

/// The private collection that every member organisation has without a word in any definition.
#[must_use]
pub fn implicit_collection(msp_id: &str) -> String {
    format!("{IMPLICIT}{msp_id}")
}

/// The MSP whose implicit collection this is.
#[must_use]
pub fn implicit_msp(collection: &str) -> Option<&str> {
    collection.strip_prefix(IMPLICIT).filter(|id| !id.is_empty())
}

const IMPLICIT: &str = "_implicit_org_";
