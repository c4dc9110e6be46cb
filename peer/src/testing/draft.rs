// SPDX-License-Identifier: Apache-2.0
//! A transaction before it is signed, to be changed by tests.

use crate::lifecycle::{NAMESPACE, keys};
use block::Version;
use msp::SignaturePolicy;
use proto::Bytes;
use proto::kvrwset::{
    HashedRwSet, KvMetadataEntry, KvMetadataWrite, KvRead, KvWrite, KvWriteHash, KvrwSet,
};
use proto::lifecycle::{
    ChaincodeEndorsementInfo, ChaincodeValidationInfo, StateData, StateMetadata, state_data,
};
use proto::prost::Message;
use proto::protos::{
    ApplicationPolicy, CollectionConfigPackage, MetaDataKeys, application_policy::Type,
};
use proto::rwset::{CollectionHashedReadWriteSet, NsReadWriteSet, TxReadWriteSet};
use std::collections::BTreeMap;

/// What a chaincode was called for, and what came out.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The chaincode that is called.
    pub chaincode: String,
    /// The version that has answered.
    pub version: String,
    /// The organisations whose peers endorse, from 0.
    pub endorsers: Vec<usize>,
    /// The organisation whose client signs, from 0.
    pub client: usize,
    /// Of which chaincode an event comes, if one does.
    pub event: Option<String>,
    sets: BTreeMap<String, Set>,
}

#[derive(Clone, Debug, Default)]
struct Set {
    public: KvrwSet,
    hashed: BTreeMap<String, HashedRwSet>,
}

impl Draft {
    /// A call of a chaincode that does nothing, endorsed by the peers of both organisations.
    #[must_use]
    pub fn new(chaincode: &str) -> Self {
        Self {
            chaincode: chaincode.to_owned(),
            version: "1".to_owned(),
            endorsers: vec![0, 1],
            client: 0,
            event: None,
            sets: BTreeMap::new(),
        }
    }

    /// Endorsed by the peers of these organisations.
    #[must_use]
    pub fn by(mut self, endorsers: &[usize]) -> Self {
        self.endorsers = endorsers.to_vec();
        self
    }

    /// Sent by the client of that organisation.
    #[must_use]
    pub fn sent_by(mut self, client: usize) -> Self {
        self.client = client;
        self
    }

    /// Answered by that version of the chaincode.
    #[must_use]
    pub fn of_version(mut self, version: &str) -> Self {
        version.clone_into(&mut self.version);
        self
    }

    /// With an event of that chaincode.
    #[must_use]
    pub fn with_event(mut self, of: &str) -> Self {
        self.event = Some(of.to_owned());
        self
    }

    /// Writes a key of the chaincode that is called.
    #[must_use]
    pub fn put(self, key: &str, value: &str) -> Self {
        let chaincode = self.chaincode.clone();
        self.put_in(&chaincode, key, value)
    }

    /// Writes a key of a chaincode; deletes it with an empty value.
    #[must_use]
    pub fn put_in(mut self, namespace: &str, key: &str, value: &str) -> Self {
        self.write(namespace, key, Bytes::copy_from_slice(value.as_bytes()));
        self
    }

    /// Reads a key of the chaincode that is called, at a version.
    #[must_use]
    pub fn read(mut self, key: &str, version: Option<Version>) -> Self {
        let version = version.map(|version| proto::kvrwset::Version {
            block_num: version.block,
            tx_num: version.transaction,
        });
        let chaincode = self.chaincode.clone();
        self.set(&chaincode).public.reads.push(KvRead { key: key.to_owned(), version });
        self
    }

    /// Gives a key of the chaincode that is called a policy of its own.
    #[must_use]
    pub fn guard(self, key: &str, policy: &SignaturePolicy) -> Self {
        self.guard_with(key, policy.to_proto().encode_to_vec().into())
    }

    /// The same with these bytes as the policy.
    #[must_use]
    pub fn guard_with(mut self, key: &str, policy: Bytes) -> Self {
        let name = MetaDataKeys::ValidationParameter.as_str_name().to_owned();
        let entries = vec![KvMetadataEntry { name, value: policy }];
        let chaincode = self.chaincode.clone();
        let write = KvMetadataWrite { key: key.to_owned(), entries };
        self.set(&chaincode).public.metadata_writes.push(write);
        self
    }

    /// Writes hashes into a collection of the chaincode that is called.
    #[must_use]
    pub fn put_hash(mut self, collection: &str, key_hash: &[u8]) -> Self {
        let chaincode = self.chaincode.clone();
        let hashed = self.set(&chaincode).hashed.entry(collection.to_owned()).or_default();
        let key_hash = Bytes::copy_from_slice(key_hash);
        let value_hash = Bytes::from_static(&[7; 32]);
        hashed.hashed_writes.push(KvWriteHash { key_hash, value_hash, ..Default::default() });
        self
    }

    /// Changes the public set of a chaincode.
    #[must_use]
    pub fn change(mut self, namespace: &str, change: impl FnOnce(&mut KvrwSet)) -> Self {
        change(&mut self.set(namespace).public);
        self
    }

    /// Commits a definition of a chaincode, as the system chaincode writes it.
    #[must_use]
    pub fn define(chaincode: &str, policy: &ApplicationPolicy) -> Self {
        Self::define_with(chaincode, policy, "vscc", &CollectionConfigPackage::default())
    }

    /// The same with a validation plugin and collections.
    #[must_use]
    pub fn define_with(
        chaincode: &str,
        policy: &ApplicationPolicy,
        plugin: &str,
        collections: &CollectionConfigPackage,
    ) -> Self {
        let endorsement = ChaincodeEndorsementInfo {
            version: "1".to_owned(),
            init_required: false,
            endorsement_plugin: "escc".to_owned(),
        };
        let validation = ChaincodeValidationInfo {
            validation_plugin: plugin.to_owned(),
            validation_parameter: policy.encode_to_vec().into(),
        };
        let bytes = |bytes: Vec<u8>| state_data::Type::Bytes(bytes.into());
        let fields = [
            (keys::SEQUENCE, state_data::Type::Int64(1)),
            (keys::ENDORSEMENT_INFO, bytes(endorsement.encode_to_vec())),
            (keys::VALIDATION_INFO, bytes(validation.encode_to_vec())),
            (keys::COLLECTIONS, bytes(collections.encode_to_vec())),
        ];
        let mut draft = Self::new(NAMESPACE);
        draft.version = "syscc".to_owned();
        let metadata = StateMetadata {
            datatype: keys::DATATYPE.to_owned(),
            fields: keys::FIELDS.map(str::to_owned).to_vec(),
        };
        draft.write(NAMESPACE, &keys::metadata(chaincode), metadata.encode_to_vec().into());
        for (name, value) in fields {
            let value = StateData { r#type: Some(value) }.encode_to_vec().into();
            draft.write(NAMESPACE, &keys::field(chaincode, name), value);
        }
        draft
    }

    /// The serialized `TxReadWriteSet`.
    #[must_use]
    pub fn results(&self) -> Bytes {
        let sets = self.sets.iter().map(|(namespace, set)| NsReadWriteSet {
            namespace: namespace.clone(),
            rwset: set.public.encode_to_vec().into(),
            collection_hashed_rwset: set.hashed.iter().map(hashed).collect(),
        });
        let set = TxReadWriteSet { ns_rwset: sets.collect(), ..TxReadWriteSet::default() };
        set.encode_to_vec().into()
    }

    fn write(&mut self, namespace: &str, key: &str, value: Bytes) {
        let is_delete = value.is_empty();
        let write = KvWrite { key: key.to_owned(), is_delete, value };
        self.set(namespace).public.writes.push(write);
    }

    fn set(&mut self, namespace: &str) -> &mut Set {
        self.sets.entry(namespace.to_owned()).or_default()
    }
}

fn hashed((name, set): (&String, &HashedRwSet)) -> CollectionHashedReadWriteSet {
    CollectionHashedReadWriteSet {
        collection_name: name.clone(),
        hashed_rwset: set.encode_to_vec().into(),
        ..CollectionHashedReadWriteSet::default()
    }
}

/// The policy at that path of the configuration.
#[must_use]
pub fn reference(path: &str) -> ApplicationPolicy {
    ApplicationPolicy { r#type: Some(Type::ChannelConfigPolicyReference(path.to_owned())) }
}

/// A policy in the text form, such as `AND('Org1MSP.peer', 'Org2MSP.peer')`.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn signatures(text: &str) -> ApplicationPolicy {
    let policy = SignaturePolicy::parse(text).unwrap();
    ApplicationPolicy { r#type: Some(Type::SignaturePolicy(policy.to_proto())) }
}
