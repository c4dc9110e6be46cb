// SPDX-License-Identifier: Apache-2.0
//! The application of a channel: the organisations whose peers keep its ledger.

use crate::orderer::organizations;
use crate::values::Reader;
use crate::{Capabilities, Error, Organization};
use bccsp::Providers;
use proto::protos::AcLs;
use std::collections::BTreeMap;

/// The `Application` group of a channel.
#[derive(Clone, Debug)]
pub struct Application {
    capabilities: Capabilities,
    organizations: BTreeMap<String, Organization>,
    acls: BTreeMap<String, String>,
}

impl Application {
    /// What every peer must be able to do.
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Its organisations, by the name of their group.
    #[must_use]
    pub fn organizations(&self) -> &BTreeMap<String, Organization> {
        &self.organizations
    }

    /// The path of the policy that guards a resource such as `qscc/GetChainInfo`, where the channel
    /// names one.
    #[must_use]
    pub fn acl(&self, resource: &str) -> Option<&str> {
        self.acls.get(resource).map(String::as_str)
    }

    pub(crate) fn read(group: &Reader<'_>, providers: &Providers) -> Result<Self, Error> {
        group.allow_values(&["ACLs", "Capabilities"])?;
        let acls: AcLs = group.value("ACLs")?.unwrap_or_default();
        // A bare name is one of the application's own policies.
        let path = |name: String| {
            if name.starts_with('/') { name } else { format!("{}/{name}", group.path()) }
        };
        let acls = acls.acls.into_iter().map(|(name, acl)| (name, path(acl.policy_ref)));
        Ok(Self {
            capabilities: Capabilities::of_application(group)?,
            organizations: organizations(group, "AnchorPeers", providers)?,
            acls: acls.collect(),
        })
    }
}
