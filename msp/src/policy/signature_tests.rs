// SPDX-License-Identifier: Apache-2.0
//! The walk over rules, held against an independent model, and the bounds of what is read.

use super::*;

#[test]
fn a_principal_alone_is_a_policy() {
    let policy = SignaturePolicy::parse("'A.member'").unwrap();
    assert_eq!(policy.to_string(), "'A.member'");
}
