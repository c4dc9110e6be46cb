// SPDX-License-Identifier: Apache-2.0
//! Envelopes and proposals: opened down to the read/write set, checked, written again.
#![no_main]

use bccsp::Suite;
use block::{Action, ConfigUpdate, Envelope, Headers, Proposal};
use gmca_fuzz::providers;
use libfuzzer_sys::fuzz_target;
use proto::prost::Message;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(proposal) = Proposal::open(bytes.to_vec()) {
        let _ = (proposal.chaincode(), proposal.invocation(), proposal.visible_payload());
        headers(proposal.headers());
    }
    if let Ok(update) = ConfigUpdate::open(&bytes.to_vec().into()) {
        assert_eq!(ConfigUpdate::open(&update.encode()).ok(), Some(update.clone()));
        let _ = (update.signatures(), update.update());
    }
    let Ok(envelope) = Envelope::open(bytes.to_vec()) else { return };
    let again = Envelope::open(envelope.to_message().encode_to_vec()).expect("our own envelope");
    assert_eq!(again, envelope);
    headers(envelope.headers());
    let _ = (envelope.signed_data(), envelope.config(), envelope.config_update());
    match envelope.transaction() {
        Ok(transaction) => {
            transaction.actions.iter().for_each(|one| action(one, envelope.headers()));
            let _ = transaction.action();
        }
        Err(error) => assert!(!error.to_string().contains(char::is_control), "{error:?}"),
    }
});

fn headers(headers: &Headers) {
    if let Err(error) = headers.check_transaction_id(providers()) {
        assert!(!error.to_string().contains(char::is_control), "{error:?}");
    }
}

fn action(action: &Action, headers: &Headers) {
    let hash = providers().get(Suite::Gm).and_then(|provider| provider.hash());
    let hash = hash.expect("both families are compiled in");
    let _ = (action.check_header(headers), action.check_proposal_hash(headers, hash));
    let _ = (action.invocation(), action.rwset(), action.event());
    assert!(action.endorsements().iter().all(|signed| signed.message.len() == 2));
}
