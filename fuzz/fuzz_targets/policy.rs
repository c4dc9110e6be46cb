// SPDX-License-Identifier: Apache-2.0
//! Policies, as text and as messages: what is read is printed and written so that it reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use msp::{MetaPolicy, Policy, PolicyError, SignaturePolicy, Signers};
use proto::common::{Policy as Message, SignaturePolicyEnvelope};
use proto::prost::Message as _;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        match SignaturePolicy::parse(text) {
            Ok(policy) => {
                assert_eq!(SignaturePolicy::parse(&policy.to_string()).as_ref(), Ok(&policy));
                written(&policy);
            }
            Err(error) => one_line(&error),
        }
        if let Ok(policy) = MetaPolicy::parse(text) {
            assert_eq!(MetaPolicy::from_proto(&policy.to_proto()), Ok(policy));
        }
    }
    if let Ok(message) = SignaturePolicyEnvelope::decode(bytes) {
        match SignaturePolicy::from_proto(&message) {
            Ok(policy) => written(&policy),
            Err(error) => one_line(&error),
        }
    }
    if let Ok(message) = Message::decode(bytes) {
        match Policy::from_proto(&message) {
            Ok(policy) => assert_eq!(Policy::from_proto(&policy.to_proto()), Ok(policy)),
            Err(error) => one_line(&error),
        }
    }
});

fn written(policy: &SignaturePolicy) {
    assert_eq!(SignaturePolicy::from_proto(&policy.to_proto()).as_ref(), Ok(policy));
    // Foreign text must not make lines of its own.
    assert!(!policy.to_string().contains(char::is_control));
    let decision = policy.evaluate(&Signers::default()).to_string();
    assert!(!decision.contains(char::is_control));
}

fn one_line(error: &PolicyError) {
    assert!(!error.to_string().contains(char::is_control), "{error:?}");
}
