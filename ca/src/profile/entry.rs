// SPDX-License-Identifier: Apache-2.0
//! A profile as it is written in YAML, and how one builds on another. Not here: whether what it
//! says makes sense (`check`).

use serde::{Deserialize, Serialize};

/// A file of profiles.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct File {
    /// Whether the profiles that every CA has are there, too.
    #[serde(default = "yes")]
    pub(super) built_in: bool,
    pub(super) profiles: Vec<serde_saphyr::Spanned<Entry>>,
}

const fn yes() -> bool {
    true
}

/// One profile. What is not said is said by the base, or left out of the certificate.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Entry {
    pub(super) name: String,
    #[serde(skip_serializing)]
    pub(super) base: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) purpose: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) days: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_days: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) backdate_minutes: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) not_after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ca: Option<CaEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key_usage: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) extended_key_usage: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<SubjectEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) names: Option<NamesEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name_constraints: Option<ConstraintsEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) policies: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) crl: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) freshest_crl: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ocsp: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ca_issuers: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ocsp_no_check: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fabric: Option<FabricEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) attributes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subject_ids: Option<Vec<String>>,
}

/// That it makes a CA.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct CaEntry {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) path_len: Option<u8>,
}

/// Rules for the subject's name.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct SubjectEntry {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) require: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) allow: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) within: Option<String>,
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub(super) values: std::collections::BTreeMap<String, Vec<String>>,
}

/// Rules for alternative names. A kind that is not listed is not allowed.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct NamesEntry {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) require: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) dns: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) ip: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) email: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) uri: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) wildcards: bool,
}

/// What a CA may have below it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct ConstraintsEntry {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) permitted: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) excluded: Vec<String>,
}

/// That it is an identity of Fabric, and of which type.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct FabricEntry {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) affiliation: Option<String>,
}

impl Entry {
    /// What this says, and for the rest what the base says.
    pub(super) fn over(self, base: &Self) -> Self {
        Self {
            name: self.name,
            base: None,
            purpose: self.purpose.or_else(|| base.purpose.clone()),
            days: self.days.or(base.days),
            max_days: self.max_days.or(base.max_days),
            backdate_minutes: self.backdate_minutes.or(base.backdate_minutes),
            not_after: self.not_after.or_else(|| base.not_after.clone()),
            ca: self.ca.or_else(|| base.ca.clone()),
            key_usage: self.key_usage.or_else(|| base.key_usage.clone()),
            extended_key_usage: self.extended_key_usage.or_else(|| base.extended_key_usage.clone()),
            subject: self.subject.or_else(|| base.subject.clone()),
            names: self.names.or_else(|| base.names.clone()),
            name_constraints: self.name_constraints.or_else(|| base.name_constraints.clone()),
            policies: self.policies.or_else(|| base.policies.clone()),
            crl: self.crl.or_else(|| base.crl.clone()),
            freshest_crl: self.freshest_crl.or_else(|| base.freshest_crl.clone()),
            ocsp: self.ocsp.or_else(|| base.ocsp.clone()),
            ca_issuers: self.ca_issuers.or_else(|| base.ca_issuers.clone()),
            ocsp_no_check: self.ocsp_no_check.or(base.ocsp_no_check),
            fabric: self.fabric.or_else(|| base.fabric.clone()),
            attributes: self.attributes.or_else(|| base.attributes.clone()),
            subject_ids: self.subject_ids.or_else(|| base.subject_ids.clone()),
        }
    }
}
