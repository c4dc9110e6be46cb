// SPDX-License-Identifier: Apache-2.0
//! What came of a quickstart, on one screen or as JSON.

use super::CHAINCODE;
use super::client;
use super::load::Transaction;
use super::verdict::Verdict;
use crate::network::live::tls_root;
use crate::network::plan::{Organization, Plan};
use bccsp::Suite;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// What came of it.
pub(crate) struct Report {
    /// How long it took.
    pub(crate) seconds: f64,
    /// The network.
    pub(crate) plan: Plan,
    /// All transactions.
    pub(crate) sent: Vec<Transaction>,
    /// The leader that was killed.
    pub(crate) killed: Option<Killed>,
    /// What the ledgers say.
    pub(crate) verdict: Verdict,
    /// Whether the network runs on.
    pub(crate) is_kept: bool,
}

/// A leader that was killed.
pub(crate) struct Killed {
    /// Its name.
    pub(crate) name: String,
    /// How many transactions were on their way.
    pub(crate) in_flight: usize,
    /// Who leads after it.
    pub(crate) next: String,
    /// How long that took.
    pub(crate) seconds: f64,
}

impl Report {
    /// Whether all is as it should be.
    pub(crate) fn holds(&self) -> bool {
        self.committed() == self.sent.len() && self.verdict.holds()
    }

    fn committed(&self) -> usize {
        self.sent.iter().filter(|one| one.is_committed()).count()
    }

    /// For machines.
    pub(crate) fn json(&self) -> Value {
        let Self { plan, verdict, .. } = self;
        let each = |of: fn(&super::verdict::Judged) -> Value| {
            let pairs = verdict.ledgers.iter().map(|ledger| (ledger.name.clone(), of(ledger)));
            pairs.collect::<serde_json::Map<_, _>>()
        };
        json!({
            "ok": self.holds(),
            "seconds": rounded(self.seconds),
            "suite": plan.suite.to_string(),
            "dir": plan.dir,
            "submitted": self.sent.len(),
            "committed": self.committed(),
            "lost": verdict.lost,
            "killed_leader": self.killed.as_ref().map(|killed| json!({
                "name": killed.name,
                "in_flight": killed.in_flight,
                "next": killed.next,
                "seconds": rounded(killed.seconds),
            })),
            "heights": each(|ledger| ledger.height.into()),
            "verdicts": each(|ledger| ledger.wrong.clone().unwrap_or_else(ok_word).into()),
            "equal": verdict.differences.is_empty(),
            "differences": verdict.differences,
            "commit_hash": verdict.commit_hash,
            "client_env": client::folder(plan).join(client::ENV),
            "running": self.is_kept,
        })
    }

    /// For people; `program` is what they type.
    pub(crate) fn screen(&self, program: &str) -> String {
        let mut text = String::new();
        // Writing to a text never fails.
        let _ = self.write(&mut text, program);
        text
    }

    fn write(&self, text: &mut String, program: &str) -> std::fmt::Result {
        let (family, dir) = (family(self.plan.suite), self.plan.dir.display());
        writeln!(text, "\nA network in {family} in {dir}/, {:.1} s\n", self.seconds)?;
        self.write_work(text)?;
        self.write_ledgers(text)?;
        self.write_wrong(text)?;
        self.write_next(text, program)
    }

    fn write_work(&self, text: &mut String) -> std::fmt::Result {
        let Self { plan, verdict, .. } = self;
        let (orderers, members) = (plan.orderers.nodes.len(), plan.members.len());
        let peers: usize = plan.members.iter().map(|member| member.nodes.len()).sum();
        writeln!(
            text,
            "  processes     {orderers} orderers, {peers} peers of {members} organisations, chaincode {CHAINCODE}"
        )?;
        writeln!(
            text,
            "  transactions  {} submitted through the gateways, {} committed, {} lost",
            self.sent.len(),
            self.committed(),
            verdict.lost.len()
        )?;
        match &self.killed {
            Some(Killed { name, in_flight, next, seconds }) => writeln!(
                text,
                "  leader        {name} ended by kill -9 with {in_flight} on their way; {next} led {seconds:.1} s later"
            ),
            None => writeln!(
                text,
                "  leader        none was killed: with fewer than three orderers nobody replaces it"
            ),
        }
    }

    fn write_ledgers(&self, text: &mut String) -> std::fmt::Result {
        let mut label = "ledgers";
        for ledger in &self.verdict.ledgers {
            let verdict = ledger.wrong.as_deref().unwrap_or("ok");
            writeln!(
                text,
                "  {label:<12}  {:<20} {verdict}: {} blocks, {} transactions, {} signatures verified",
                ledger.name, ledger.height, ledger.transactions, ledger.signatures
            )?;
            label = "";
        }
        if self.verdict.differences.is_empty() {
            let hash = self.verdict.commit_hash.as_deref().unwrap_or("none");
            let hash = hash.get(..16).unwrap_or(hash);
            writeln!(
                text,
                "  compared      equal in headers and data; peers also in verdicts and commit hash {hash}…"
            )?;
        }
        Ok(())
    }

    fn write_wrong(&self, text: &mut String) -> std::fmt::Result {
        for difference in self.verdict.differences.iter().take(SHOWN) {
            writeln!(text, "  DIFFERENT     {difference}")?;
        }
        for lost in self.verdict.lost.iter().take(SHOWN) {
            writeln!(text, "  LOST          {lost}")?;
        }
        let failed = self.sent.iter().filter(|one| !one.is_committed());
        for one in failed.take(SHOWN) {
            let code = one.code.map(|code| code.as_str_name().to_owned());
            let why = code.unwrap_or_else(|| one.why.clone());
            writeln!(text, "  NOT COMMITTED {} {why}", one.tx_id)?;
        }
        Ok(())
    }

    fn write_next(&self, text: &mut String, program: &str) -> std::fmt::Result {
        let (plan, dir) = (&self.plan, self.plan.dir.display());
        match self.is_kept {
            true => writeln!(text, "\nIt runs on. Next:\n")?,
            false => writeln!(text, "\nAll processes are stopped, and {dir}/ stays. Next:\n")?,
        }
        if !self.is_kept {
            writeln!(text, "  {program} network up --dir {dir}")?;
        }
        writeln!(text, "  {program} network status --dir {dir}")?;
        if let Some(query) = query(plan, program) {
            writeln!(text, "  {query}")?;
        }
        let client = client::folder(plan);
        writeln!(
            text,
            "  cd {} && npm install && node --env-file={} app.mjs   # an application on Fabric's own client",
            client.display(),
            client::ENV
        )?;
        writeln!(text, "  {program} network down --dir {dir}")
    }
}

fn ok_word() -> String {
    "ok".to_owned()
}

/// Asks the chaincode for an asset that was made.
fn query(plan: &Plan, program: &str) -> Option<String> {
    let organization: &Organization = plan.members.first()?;
    let node = organization.nodes.first()?;
    Some(format!(
        "{program} chaincode query --channel {} --name {CHAINCODE} --peer {} \\\n    --tls-ca {} \\\n    --msp {} --mspid {} -- read asset1",
        plan.channel,
        plan.endpoint(node.port),
        tls_root(plan, organization, node).display(),
        plan.user(organization, "client").join("msp").display(),
        organization.msp_id()
    ))
}

/// The algorithms of a family, for people.
pub(crate) fn family(suite: Suite) -> &'static str {
    match suite {
        Suite::Gm => "SM2, SM3 and SM4",
        Suite::Nist => "P-256, SHA-256 and AES",
    }
}

fn rounded(seconds: f64) -> f64 {
    (seconds * 100.0).round() / 100.0
}

/// How many of each thing that is wrong are shown.
const SHOWN: usize = 5;
