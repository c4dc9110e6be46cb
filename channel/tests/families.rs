// SPDX-License-Identifier: Apache-2.0
//! A channel changes its hash function, and an organisation its family.

mod made;

use bccsp::Suite;
use gmca_channel::{Channel, HASH_SWITCH};
use made::*;
use msp::{Principal, SigningIdentity};
use proto::common::Config;

fn hash_of(channel: &Channel) -> &'static str {
    channel.hash_algorithm().fabric_name()
}

fn with_hash(config: &Config, name: &str) -> Config {
    edited(config, |config| {
        at(config, "").values.insert("HashingAlgorithm".to_owned(), hashing(name));
    })
}

fn with_capability(config: &Config) -> Config {
    edited(config, |config| {
        let all = capabilities(&["V2_0", HASH_SWITCH]);
        at(config, "").values.insert("Capabilities".to_owned(), all);
    })
}

#[test]
fn the_hash_function_changes_only_after_all_nodes_know_that_it_may() {
    let (orderer, one) = (Org::new("Ord", Suite::Nist), Org::new("One", Suite::Nist));
    let config = config(&orderer, &[&one]);
    let all = [&orderer.admin, &one.admin];
    let first = channel(&config);
    let wanted = ["[Value] /Channel/HashingAlgorithm", "SHA256", "SM3", HASH_SWITCH];
    refusal(propose(&first, &with_hash(&config, "SM3"), &all), &wanted);
    // Not in the same update either: nodes that do not know the capability would have to judge it.
    refusal(propose(&first, &with_hash(&with_capability(&config), "SM3"), &all), &wanted);
    let second = propose(&first, &with_capability(&config), &all).unwrap();
    assert_eq!(hash_of(&second), "SHA256");
    let third = propose(&second, &with_hash(second.config(), "SM3"), &all).unwrap();
    assert_eq!((hash_of(&second), hash_of(&third)), ("SHA256", "SM3"));
    let fourth = propose(&third, &with_hash(third.config(), "SHA256"), &all).unwrap();
    assert_eq!(hash_of(&fourth), "SHA256");
    refusal(propose(&third, &with_hash(third.config(), "SHA3_256"), &all), &["`SHA3_256`", "SM3"]);
}

fn has_admin(channel: &Channel, who: &SigningIdentity) -> bool {
    let identity = channel.msps().identity_of(who.serialized()).unwrap();
    identity.satisfies(&Principal::role("One", msp::MspRole::Admin)).is_ok()
}

/// The members of an organisation get new certificates of the other family one by one: for a while
/// both roots stand in its MSP.
#[test]
fn an_organisation_moves_from_one_family_to_the_other() {
    let (orderer, one) = (Org::new("Ord", Suite::Gm), Org::new("One", Suite::Nist));
    let first = channel(&config(&orderer, &[&one]));
    let new_ca = Ca::new(Suite::Gm, "/O=One/CN=new ca.one");
    let new_admin = new_ca.member("One", "admin");
    let with_roots = |config: &Config, roots: &[&Ca]| {
        edited(config, |config| {
            let msp = organization(&definition("One", roots)).values["MSP"].clone();
            at(config, "Application/One").values.insert("MSP".to_owned(), msp);
        })
    };
    assert!(has_admin(&first, &one.admin) && !has_admin(&first, &new_admin));
    let both = with_roots(first.config(), &[&one.ca, &new_ca]);
    refusal(propose(&first, &both, &[&new_admin]), &["[Value] /Channel/Application/One/MSP"]);
    let overlap = propose(&first, &both, &[&one.admin]).unwrap();
    assert!(has_admin(&overlap, &one.admin) && has_admin(&overlap, &new_admin));
    let only_new = with_roots(overlap.config(), &[&new_ca]);
    for admin in [&one.admin, &new_admin] {
        let last = propose(&overlap, &only_new, &[admin]).unwrap();
        assert!(!has_admin(&last, &one.admin) && has_admin(&last, &new_admin));
    }
    // Two certificates of one person are two identities, but both are of the same organisation.
    let stays = with_roots(overlap.config(), &[&one.ca]);
    assert!(propose(&overlap, &stays, &[&new_admin, &one.admin]).is_ok());
}
