// SPDX-License-Identifier: Apache-2.0
//! What an application needs to call a network: `client.env`, and an example in Node that uses it.

use crate::network::live::tls_root;
use crate::network::plan::Plan;
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use sys::{Access, Disk as _, SystemDisk};

/// Where, who and what, as lines NAME=VALUE that shells and `node --env-file` read.
pub(crate) const ENV: &str = "client.env";

/// The example, as it is tested in `interop/`.
const FILES: [(&str, &str); 3] = [
    ("package.json", include_str!("../../client/package.json")),
    ("gateway.mjs", include_str!("../../client/gateway.mjs")),
    ("app.mjs", include_str!("../../client/app.mjs")),
];

/// Where all of it is.
pub(crate) fn folder(plan: &Plan) -> PathBuf {
    plan.dir.join("client")
}

/// Writes it, for a client of the first organisation.
pub(crate) fn write(plan: &Plan, chaincode: &str) -> Result<()> {
    let folder = folder(plan);
    let name = || folder.display().to_string();
    SystemDisk.create_dir(&folder, Access::Public).with_context(name)?;
    let env = env(plan, chaincode)?;
    for (file, text) in FILES.into_iter().chain([(ENV, env.as_str())]) {
        SystemDisk
            .create(&folder.join(file), text.as_bytes(), Access::Public)
            .with_context(name)?;
    }
    Ok(())
}

fn env(plan: &Plan, chaincode: &str) -> Result<String> {
    let organization = plan.members.first().context("nobody uses the channel")?;
    let node = organization.nodes.first().context("there is no peer")?;
    let msp = plan.user(organization, "client").join("msp");
    let path = |path: &Path| anyhow::Ok(std::path::absolute(path)?.display().to_string());
    let values = [
        ("PEER", format!("localhost:{}", node.port)),
        ("TLS_CA", path(&tls_root(plan, organization, node))?),
        ("MSPID", organization.msp_id()),
        ("CERT", path(&only_file(&msp.join("signcerts"))?)?),
        ("KEY", path(&only_file(&msp.join("keystore"))?)?),
        ("CHANNEL", plan.channel.clone()),
        ("CC", chaincode.to_owned()),
        ("SUITE", plan.suite.to_string()),
    ];
    let head = "# Where, who and what: for the example beside it, or any application.\n";
    let line = |(name, value): &(&str, String)| format!("{name}={}\n", quoted(value));
    Ok(values.iter().map(line).fold(head.to_owned(), |text, line| text + &line))
}

/// As a shell takes it for one word.
fn quoted(value: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_./:@%+,-".contains(c);
    if value.chars().all(is_plain) {
        return value.to_owned();
    }
    if value.contains('\'') { format!("\"{value}\"") } else { format!("'{value}'") }
}

fn only_file(folder: &Path) -> Result<PathBuf> {
    let names = SystemDisk.list(folder).with_context(|| folder.display().to_string())?;
    match &names[..] {
        [only] => Ok(only.clone()),
        _ => bail!("{}: one file is wanted, {} are there", folder.display(), names.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn values_are_one_word() {
        assert_eq!(quoted("/tmp/net/ca.crt"), "/tmp/net/ca.crt");
        assert_eq!(quoted("/tmp/my net"), "'/tmp/my net'");
        assert_eq!(quoted("/tmp/it's"), "\"/tmp/it's\"");
    }
}
