// SPDX-License-Identifier: Apache-2.0
//! A chaincode's definition, read from the state.

use super::{NAMESPACE, keys};
use ledger::state::Snapshot;
use proto::Bytes;
use proto::lifecycle::{
    ChaincodeEndorsementInfo, ChaincodeValidationInfo, StateData, StateMetadata, state_data,
};
use proto::prost::Message;
use proto::protos::CollectionConfigPackage;

/// What the members of a channel agreed on about a chaincode.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Definition {
    /// How often it was agreed upon, from 1.
    pub sequence: i64,
    /// Of the chaincode.
    pub version: String,
    /// Whether its first call must be the one that initialises it.
    pub init_required: bool,
    /// By name; `escc` is ours.
    pub endorsement_plugin: String,
    /// By name; `vscc` is ours.
    pub validation_plugin: String,
    /// For `vscc` a serialized `ApplicationPolicy`.
    pub validation_parameter: Bytes,
    /// Private collections.
    pub collections: CollectionConfigPackage,
}

impl Definition {
    /// The one that is in force for a chaincode; `None` when there is none, or one that nobody can read:
    /// all peers see the same state, so all say the same.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn read(state: &Snapshot, chaincode: &str) -> Result<Option<Self>, ledger::Error> {
        Self::read_with(chaincode, &mut |key| {
            Ok(state.get(NAMESPACE, key)?.map(|entry| entry.value))
        })
    }

    /// The first parameter in which another definition differs, with both values, in Fabric's words; `None`
    /// when there is none. The sequence is no parameter.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        let shown = |it: &Self| {
            [
                ("Version", it.version.clone()),
                ("EndorsementPlugin", it.endorsement_plugin.clone()),
                ("InitRequired", it.init_required.to_string()),
                ("ValidationPlugin", it.validation_plugin.clone()),
                ("ValidationParameter", hex::encode(&it.validation_parameter)),
            ]
        };
        let mut both = shown(self).into_iter().zip(shown(other));
        if let Some(((field, mine), (_, theirs))) = both.find(|(mine, theirs)| mine != theirs) {
            return Some(format!(
                "expected {field} '{mine}' does not match passed {field} '{theirs}'"
            ));
        }
        (self.collections != other.collections).then(|| "Collections do not match".to_owned())
    }

    /// The sequence in the value at its key; `None` when it cannot be read.
    pub(crate) fn sequence_in(value: Bytes) -> Option<i64> {
        match StateData::decode(value).ok()?.r#type? {
            state_data::Type::Int64(sequence) => Some(sequence),
            _ => None,
        }
    }

    /// The same, each key of the namespace `_lifecycle` asked from `get`: a simulation sees what was
    /// read.
    ///
    /// # Errors
    /// What `get` says.
    pub fn read_with<E>(
        chaincode: &str,
        get: &mut dyn FnMut(&str) -> Result<Option<Bytes>, E>,
    ) -> Result<Option<Self>, E> {
        let Some(bytes) = get(&keys::metadata(chaincode))? else { return Ok(None) };
        let metadata = StateMetadata::decode(bytes).ok();
        if metadata.is_none_or(|metadata| metadata.datatype != keys::DATATYPE) {
            return Ok(None);
        }
        let mut fields = Fields(Vec::new());
        for field in keys::FIELDS {
            let value = get(&keys::field(chaincode, field))?.unwrap_or_default();
            fields.0.push((field, value));
        }
        Ok(fields.definition())
    }
}

struct Fields(Vec<(&'static str, Bytes)>);

impl Fields {
    fn definition(&self) -> Option<Definition> {
        let sequence = match self.data(keys::SEQUENCE)? {
            Some(state_data::Type::Int64(sequence)) => sequence,
            _ => return None,
        };
        let endorsement: ChaincodeEndorsementInfo = self.message(keys::ENDORSEMENT_INFO)?;
        let validation: ChaincodeValidationInfo = self.message(keys::VALIDATION_INFO)?;
        Some(Definition {
            sequence,
            version: endorsement.version,
            init_required: endorsement.init_required,
            endorsement_plugin: endorsement.endorsement_plugin,
            validation_plugin: validation.validation_plugin,
            validation_parameter: validation.validation_parameter,
            collections: self.message(keys::COLLECTIONS)?,
        })
    }

    /// `None` when it cannot be read.
    #[allow(clippy::option_option)] // a field may be there and say nothing
    fn data(&self, name: &str) -> Option<Option<state_data::Type>> {
        let found = self.0.iter().find(|(field, _)| *field == name);
        let bytes = found.map(|(_, bytes)| bytes.clone()).unwrap_or_default();
        Some(StateData::decode(bytes).ok()?.r#type)
    }

    fn message<M: Message + Default>(&self, name: &str) -> Option<M> {
        match self.data(name)? {
            Some(state_data::Type::Bytes(bytes)) => M::decode(bytes).ok(),
            None => Some(M::default()),
            Some(_) => None,
        }
    }
}
