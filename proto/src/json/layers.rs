// SPDX-License-Identifier: Apache-2.0
//! Which `bytes` fields hold another message, and which one.
//!
//! The answer may depend on fields beside the one in question, which are looked up in their JSON,
//! so that it is the same for reading and for writing, and on the place in the configuration tree.

use super::Layers;
use serde_json::{Map, Value};

/// What a `bytes` field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    /// Bytes.
    Closed,
    /// A message of a kind that is not known here, so bytes; but empty is `null`.
    Unknown,
    /// A message.
    Message(&'static str),
}

/// Where in the configuration tree a group stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In no tree whose root is known.
    Nowhere,
    Channel,
    Application,
    ApplicationOrg,
    Orderer,
    OrdererOrg,
    Consortiums,
    Consortium,
    ConsortiumOrg,
    /// The metadata slots of a block, by number.
    Slot(usize),
}

impl Place {
    /// The place of the message that a field of `message` leads to.
    pub(super) fn below(self, message: &str, field: &str, key: &str) -> Self {
        match (message, field) {
            ("common.Config", "channel_group")
            | ("common.ConfigUpdate", "read_set" | "write_set") => Self::Channel,
            ("common.ConfigGroup", "groups") => self.subgroup(key),
            ("common.ConfigGroup", "values") => self,
            ("common.BlockMetadata", "metadata") => key.parse().map_or(Self::Nowhere, Self::Slot),
            _ => Self::Nowhere,
        }
    }

    fn subgroup(self, name: &str) -> Self {
        match (self, name) {
            (Self::Channel, "Application") => Self::Application,
            (Self::Channel, "Orderer") => Self::Orderer,
            (Self::Channel, "Consortiums") => Self::Consortiums,
            (Self::Application, _) => Self::ApplicationOrg,
            (Self::Orderer, _) => Self::OrdererOrg,
            (Self::Consortiums, _) => Self::Consortium,
            (Self::Consortium, _) => Self::ConsortiumOrg,
            _ => Self::Nowhere,
        }
    }

    /// The message in a value of the configuration.
    fn value(self, name: &str) -> Layer {
        let message = match (self, name) {
            (Self::Channel, "HashingAlgorithm") => "common.HashingAlgorithm",
            (Self::Channel, "BlockDataHashingStructure") => "common.BlockDataHashingStructure",
            (Self::Channel, "OrdererAddresses") | (Self::OrdererOrg, "Endpoints") => {
                "common.OrdererAddresses"
            }
            (Self::Channel, "Consortium") => "common.Consortium",
            (Self::Channel | Self::Orderer | Self::Application, "Capabilities") => {
                "common.Capabilities"
            }
            (Self::Orderer, "ConsensusType") => "orderer.ConsensusType",
            (Self::Orderer, "BatchSize") => "orderer.BatchSize",
            (Self::Orderer, "BatchTimeout") => "orderer.BatchTimeout",
            (Self::Orderer, "ChannelRestrictions") => "orderer.ChannelRestrictions",
            (Self::Orderer, "Orderers") => "common.Orderers",
            (Self::Application, "ACLs") => "protos.ACLs",
            (Self::ApplicationOrg, "AnchorPeers") => "protos.AnchorPeers",
            (Self::ApplicationOrg | Self::OrdererOrg | Self::ConsortiumOrg, "MSP") => {
                "msp.MSPConfig"
            }
            (Self::Consortium, "ChannelCreationPolicy") => "common.Policy",
            _ => return Layer::Unknown,
        };
        Layer::Message(message)
    }
}

/// Where a field is, for choosing what it holds.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) layers: Layers,
    pub(super) place: Place,
    /// The key under which the message of the field stands in a map.
    pub(super) key: &'a str,
    /// The other fields of the message.
    pub(super) beside: &'a Map<String, Value>,
}

/// Whether what a field holds depends on the fields beside it, which must be there first.
pub(super) fn is_variable(message: &str, field: &str) -> bool {
    matches!(
        (message, field),
        ("common.Payload", "data")
            | ("common.ChannelHeader", "extension")
            | ("common.Policy", "value")
            | ("common.MSPPrincipal", "principal")
            | ("msp.MSPConfig", "config")
            | ("orderer.ConsensusType", "metadata")
            | ("protos.Proposal", "payload")
    )
}

/// What a `bytes` field of a message holds. `index` counts in a list.
pub(super) fn layer(message: &str, field: &str, index: usize, context: &Context<'_>) -> Layer {
    let message = match (message, field) {
        ("common.BlockData", "data") => "common.Envelope",
        ("common.Envelope", "payload") => "common.Payload",
        ("common.Payload", "data") => return payload(context.beside),
        ("common.Header", "channel_header") => "common.ChannelHeader",
        ("common.Header" | "common.ConfigSignature", "signature_header")
        | ("protos.TransactionAction", "header") => "common.SignatureHeader",
        ("common.ChannelHeader", "extension") => match number(context.beside, "type") {
            Some(ENDORSER_TRANSACTION) => "protos.ChaincodeHeaderExtension",
            _ => return Layer::Unknown,
        },
        ("common.SignatureHeader", "creator") => "msp.SerializedIdentity",
        ("common.ConfigUpdateEnvelope", "config_update") => "common.ConfigUpdate",
        ("common.ConfigValue", "value") if context.place == Place::Nowhere => {
            return Layer::Closed;
        }
        ("common.ConfigValue", "value") => return context.place.value(context.key),
        ("common.Policy", "value") => match number(context.beside, "type") {
            Some(1) => "common.SignaturePolicyEnvelope",
            Some(3) => "common.ImplicitMetaPolicy",
            _ => return Layer::Unknown,
        },
        ("common.MSPPrincipal", "principal") => return principal(context.beside),
        ("msp.MSPConfig", "config") => match number(context.beside, "type") {
            Some(0) => "msp.FabricMSPConfig",
            _ => return Layer::Unknown,
        },
        ("orderer.ConsensusType", "metadata") => {
            match context.beside.get("type").and_then(Value::as_str) {
                Some("etcdraft") => "etcdraft.ConfigMetadata",
                _ => return Layer::Unknown,
            }
        }
        ("protos.TransactionAction", "payload") => "protos.ChaincodeActionPayload",
        ("protos.ChaincodeActionPayload", "chaincode_proposal_payload") => {
            "protos.ChaincodeProposalPayload"
        }
        ("protos.ChaincodeProposalPayload", "input") => "protos.ChaincodeInvocationSpec",
        ("protos.ChaincodeEndorsedAction", "proposal_response_payload") => {
            "protos.ProposalResponsePayload"
        }
        ("protos.ProposalResponsePayload", "extension") => "protos.ChaincodeAction",
        ("protos.ChaincodeAction", "results") => "rwset.TxReadWriteSet",
        ("protos.ChaincodeAction", "events") => "protos.ChaincodeEvent",
        ("rwset.NsReadWriteSet", "rwset") => "kvrwset.KVRWSet",
        _ if context.layers == Layers::All => return further(message, field, index, context),
        _ => return Layer::Closed,
    };
    Layer::Message(message)
}

/// What Fabric's printer leaves closed.
fn further(message: &str, field: &str, index: usize, context: &Context<'_>) -> Layer {
    let message = match (message, field) {
        ("protos.SignedProposal", "proposal_bytes") => "protos.Proposal",
        ("protos.Proposal", "header") => "common.Header",
        ("protos.Proposal", "payload") => {
            // A request of the command line to join a channel has this type, too.
            match header_type(context.beside.get("header")) {
                Some(ENDORSER_TRANSACTION | CONFIG) => "protos.ChaincodeProposalPayload",
                _ => return Layer::Unknown,
            }
        }
        ("protos.ProposalResponse", "payload") => "protos.ProposalResponsePayload",
        ("protos.Endorsement", "endorser")
        | ("gateway.CommitStatusRequest" | "gateway.ChaincodeEventsRequest", "identity") => {
            "msp.SerializedIdentity"
        }
        ("gateway.SignedCommitStatusRequest", "request") => "gateway.CommitStatusRequest",
        ("gateway.SignedChaincodeEventsRequest", "request") => "gateway.ChaincodeEventsRequest",
        ("rwset.CollectionHashedReadWriteSet", "hashed_rwset") => "kvrwset.HashedRWSet",
        ("rwset.CollectionPvtReadWriteSet", "rwset") => "kvrwset.KVRWSet",
        ("common.BlockMetadata", "metadata") if matches!(index, 0 | 1 | 4) => "common.Metadata",
        ("common.Metadata", "value") => match context.place {
            Place::Slot(0) => "common.OrdererBlockMetadata",
            Place::Slot(1) => "common.LastConfig",
            _ => return Layer::Closed,
        },
        ("common.MetadataSignature", "signature_header") => "common.SignatureHeader",
        ("common.MetadataSignature", "identifier_header") => "common.IdentifierHeader",
        _ => return Layer::Closed,
    };
    Layer::Message(message)
}

/// The data of an envelope by the type in its channel header.
fn payload(beside: &Map<String, Value>) -> Layer {
    match header_type(beside.get("header")) {
        // Fabric's samples broadcast such messages.
        Some(0) => Layer::Message("common.ConfigValue"),
        Some(CONFIG) => Layer::Message("common.ConfigEnvelope"),
        Some(2) => Layer::Message("common.ConfigUpdateEnvelope"),
        Some(ENDORSER_TRANSACTION) => Layer::Message("protos.Transaction"),
        Some(4) => Layer::Message("common.Envelope"),
        Some(5) => Layer::Message("orderer.SeekInfo"),
        _ => Layer::Unknown,
    }
}

fn principal(beside: &Map<String, Value>) -> Layer {
    let class = beside.get("principal_classification");
    match class.and_then(Value::as_str).unwrap_or(match class {
        None | Some(Value::Null) => "ROLE",
        Some(_) => "",
    }) {
        "ROLE" => Layer::Message("common.MSPRole"),
        "ORGANIZATION_UNIT" => Layer::Message("common.OrganizationUnit"),
        "IDENTITY" => Layer::Message("msp.SerializedIdentity"),
        "ANONYMITY" => Layer::Message("common.MSPIdentityAnonymity"),
        "COMBINED" => Layer::Message("common.CombinedPrincipal"),
        _ => Layer::Unknown,
    }
}

fn header_type(header: Option<&Value>) -> Option<i64> {
    match header?.as_object()?.get("channel_header") {
        None | Some(Value::Null) => Some(0),
        Some(channel) => number(channel.as_object()?, "type"),
    }
}

/// An integer field from its JSON; 0 if it is not there.
fn number(fields: &Map<String, Value>, name: &str) -> Option<i64> {
    match fields.get(name) {
        None | Some(Value::Null) => Some(0),
        Some(Value::String(text)) => text.parse().ok(),
        Some(value) => value.as_i64(),
    }
}

const CONFIG: i64 = 1;
const ENDORSER_TRANSACTION: i64 = 3;
