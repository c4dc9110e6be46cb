// SPDX-License-Identifier: Apache-2.0
//! Whose endorsements a result will need: the chaincodes it touched, and the keys with policies of
//! their own that it wrote.

use ledger::state::Snapshot;
use proto::common::SignaturePolicyEnvelope;
use proto::kvrwset::KvrwSet;
use proto::prost::Message;
use proto::protos::{ChaincodeCall, ChaincodeInterest, MetaDataKeys};
use proto::rwset::{NsReadWriteSet, TxReadWriteSet};

/// What stands beside an endorsement for whoever collects them. System chaincodes are left out. The
/// chaincode that was called is always there: its policy is asked even when it touched nothing.
pub(super) fn interest(
    called: &str,
    set: &TxReadWriteSet,
    state: &Snapshot,
) -> Result<ChaincodeInterest, ledger::Error> {
    let touched = set.ns_rwset.iter().filter(|set| !crate::system::is_reserved(&set.namespace));
    let mut chaincodes: Vec<_> =
        touched.map(|set| call(set, state)).collect::<Result<_, ledger::Error>>()?;
    let is_there = chaincodes.iter().any(|call| call.name == called);
    if !is_there && !crate::system::is_reserved(called) {
        let idle = NsReadWriteSet { namespace: called.to_owned(), ..NsReadWriteSet::default() };
        chaincodes.insert(0, call(&idle, state)?);
    }
    Ok(ChaincodeInterest { chaincodes })
}

fn call(set: &NsReadWriteSet, state: &Snapshot) -> Result<ChaincodeCall, ledger::Error> {
    let public = KvrwSet::decode(set.rwset.clone()).unwrap_or_default();
    let keys = public.writes.iter().map(|write| &write.key);
    let keys: Vec<&String> =
        keys.chain(public.metadata_writes.iter().map(|write| &write.key)).collect();
    let mut policies: Vec<SignaturePolicyEnvelope> = Vec::new();
    let mut all = !keys.is_empty();
    for key in keys {
        match key_policy(state, &set.namespace, key)? {
            Some(policy) if policies.contains(&policy) => {}
            Some(policy) => policies.push(policy),
            None => all = false,
        }
    }
    let collections = set.collection_hashed_rwset.iter();
    Ok(ChaincodeCall {
        name: set.namespace.clone(),
        collection_names: collections.map(|set| set.collection_name.clone()).collect(),
        no_private_reads: true,
        no_public_writes: public.writes.is_empty() && public.metadata_writes.is_empty(),
        key_policies: policies,
        disregard_namespace_policy: all,
    })
}

/// The policy of a key, where it has one.
fn key_policy(
    state: &Snapshot,
    namespace: &str,
    key: &str,
) -> Result<Option<SignaturePolicyEnvelope>, ledger::Error> {
    let metadata = state.get(namespace, key)?.map(|entry| entry.metadata()).unwrap_or_default();
    let is_policy = |name: &str| name == MetaDataKeys::ValidationParameter.as_str_name();
    let found =
        metadata.into_iter().find(|entry| is_policy(&entry.name) && !entry.value.is_empty());
    Ok(found.and_then(|found| SignaturePolicyEnvelope::decode(found.value).ok()))
}
