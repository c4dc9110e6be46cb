// SPDX-License-Identifier: Apache-2.0
//! The identity that lives in a folder, its key, and the admins.

use crate::finding::{Finding, Kind};
use crate::layout::Place;
use crate::{Error, Found, Msp, MspFolder, Verdict};
use bccsp::Providers;
use pki::Certificate;

/// The key files, and whether one of them is the signer's.
pub(super) fn keys(folder: &MspFolder, providers: &Providers) -> Vec<Finding> {
    let mut findings = Vec::new();
    for key in folder.keys() {
        if let Some(mode) = key.mode.filter(|mode| mode & 0o077 != 0) {
            let what = format!("others than its owner may use this private key (mode {mode:03o})");
            let hint = "chmod 600 it; if others were on this machine, make a new key";
            findings.push(Finding::error(Kind::KeyOpenToOthers, &key.path, what, hint));
        }
    }
    let signers = folder.certificates(Place::SignCerts);
    if let [_, second, ..] = signers {
        let what = format!("{} certificates of the identity that lives here", signers.len());
        let hint = "the first is used, as in Fabric: leave only that";
        findings.push(Finding::warning(Kind::SeveralSigners, &second.path, what, hint));
    }
    findings.extend(folder.signer().and_then(|signer| no_key(folder, providers, signer)));
    findings
}

fn no_key(
    folder: &MspFolder,
    providers: &Providers,
    signer: &Found<Certificate>,
) -> Option<Finding> {
    let certified = match signer.item.public_key(providers) {
        Ok(key) => key,
        Err(error) => {
            let hint = "get a certificate for a key of one of the two families";
            return Some(Finding::error(Kind::NoKey, &signer.path, error.to_string(), hint));
        }
    };
    if folder.keys().iter().any(|key| key.public == Some(certified)) {
        return None;
    }
    let path = folder.path().join(Place::Keystore.folder());
    if folder.keys().is_empty() {
        let what = "there is no private key here";
        let hint = "put the key of the certificate in `signcerts` here, unless a device has it";
        return Some(Finding::warning(Kind::NoKey, &path, what, hint));
    }
    let what = format!("none of the keys here is that of {}", signer.item.subject());
    let hint = "put its key here, or a certificate of one of these keys into `signcerts`";
    Some(Finding::error(Kind::NoKey, &path, what, hint))
}

/// Whether the signer and the admins are members.
pub(super) fn members(folder: &MspFolder, msp: &Msp) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    if let Some(signer) = folder.signer()
        && let Verdict::No(why) = msp.is_member(&signer.item)?
    {
        let what = format!("the identity that lives here is not a member: {why}");
        let hint = "get a certificate from a CA of this folder, or add its CA";
        findings.push(Finding::error(Kind::SignerNotMember, &signer.path, what, hint));
    }
    for admin in folder.certificates(Place::AdminCerts) {
        if let Verdict::No(why) = msp.is_member(&admin.item)? {
            let what = format!("an admin must be a member, and this is none: {why}");
            let hint = "remove it, or list a certificate from a CA of this folder";
            findings.push(Finding::error(Kind::AdminNotMember, &admin.path, what, hint));
        }
    }
    if folder.certificates(Place::AdminCerts).is_empty() && !msp.has_admin_role() {
        let path = folder.path().join(Place::AdminCerts.folder());
        let what = "nobody can be an admin: no certificate is listed, and no unit gives the role";
        let hint = "put an admin's certificate here, or turn NodeOUs on in config.yaml";
        findings.push(Finding::warning(Kind::NoAdmin, &path, what, hint));
    }
    Ok(findings)
}
