// SPDX-License-Identifier: Apache-2.0
//! Why a key, certificate, signature, ciphertext, request or chain of another program is not taken:
//! every combination of signer ID, encoding, digest, container, curve and order is tried, within a
//! bound, and the one that fits names the rules that were broken and the lines that mend it.
//!
//! ```
//! use bccsp::{EngineChoice, Providers, Suite};
//! use gmca_doctor::{Input, Options, Verdict, examine};
//!
//! let providers = Providers::new(Suite::Gm, EngineChoice::Portable)?;
//! let files = [Input { name: "hello.txt", bytes: b"hello", role: None }];
//! let diagnosis = examine(&providers, &files, &Options::default());
//! assert_eq!(diagnosis.findings[0].verdict, Verdict::Fails);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! No secret is ever in what is said: neither a private value, nor a password, nor a plaintext.
//! Not here: files, printing, trust. A diagnosis is no verdict to act upon.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

mod chain;
mod ciphertext;
mod coding;
mod curve;
mod digest;
mod examine;
mod key;
mod message;
mod number;
mod object;
mod point;
mod protection;
mod rules;
mod signature;
mod verify;

pub use examine::{MAX_FILES, examine};
pub use key::AskPassword;
pub use rules::{ALL as RULES, Rule};

/// A file to look at.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// What it is called in what is said.
    pub name: &'a str,
    /// What is in it.
    pub bytes: &'a [u8],
    /// What it is, if somebody said so.
    pub role: Option<Role>,
}

/// What a file was said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The message that was signed, whatever it looks like.
    Message,
    /// A signature.
    Signature,
    /// A ciphertext.
    Ciphertext,
    /// A private or public key.
    Key,
}

/// What is known beforehand.
#[derive(Default)]
pub struct Options<'a> {
    /// Signer IDs that are expected, the likeliest first; without any, the ID of the standard is.
    pub ids: Vec<Vec<u8>>,
    /// Where passwords come from.
    pub password: Option<AskPassword<'a>>,
    /// How chains are judged; without it, nothing but signatures is.
    pub path: Option<pki::path::Options>,
}

/// What came out.
#[derive(Debug, Default)]
pub struct Diagnosis {
    /// What each file was taken for: its name, and that in words.
    pub files: Vec<(String, String)>,
    /// What was found out, in the order of the files.
    pub findings: Vec<Finding>,
}

impl Diagnosis {
    /// Whether all is as the standards want it.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.iter().all(|finding| finding.verdict == Verdict::Conforms)
    }
}

/// How something stands to the standards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As the standards want it.
    Conforms,
    /// It holds or opens once the broken rules are made up for.
    Deviates,
    /// It holds or opens in no way that is known.
    Fails,
}

impl Verdict {
    /// The name in JSON: `conforms`, `deviates` or `fails`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Conforms => "conforms",
            Self::Deviates => "deviates",
            Self::Fails => "fails",
        }
    }
}

/// One thing that was found out.
#[derive(Debug)]
pub struct Finding {
    /// The files it is about, the one to blame first.
    pub about: Vec<String>,
    /// How it stands to the standards.
    pub verdict: Verdict,
    /// In one line: the combination that fits, or that none does.
    pub what: String,
    /// The rules that the other side broke.
    pub rules: Vec<&'static Rule>,
    /// What is allowed, and some programs do not take.
    pub beware: Vec<&'static Rule>,
}

impl Finding {
    fn new(about: &[&str], works: bool, what: String, rules: Vec<&'static Rule>) -> Self {
        let verdict = match (works, rules.is_empty()) {
            (true, true) => Verdict::Conforms,
            (true, false) => Verdict::Deviates,
            (false, _) => Verdict::Fails,
        };
        let about = about.iter().map(|name| (*name).to_owned()).collect();
        Self { about, verdict, what, rules, beware: Vec::new() }
    }

    fn beware(mut self, rules: &[&'static Rule]) -> Self {
        verify::merge(&mut self.beware, rules);
        self
    }
}
