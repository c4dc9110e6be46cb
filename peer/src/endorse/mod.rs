// SPDX-License-Identifier: Apache-2.0
//! Endorsement: a proposal is looked at, tried out by its chaincode, and the result is signed.
//!
//! Running a chaincode takes as long as it takes, so the work is cut in three:
//! [`Endorser::begin`] says what is to run, the caller runs it on the [`stream`](crate::stream) of
//! that chaincode, and [`Endorser::finish`] makes the answer.
//!
//! ```text
//! begin(proposal) ─► Plan::Done(answer)
//!                 └► Plan::Run(endorsement) ─► target().call on the stream of target().package_id
//!                      Event::Invoke ─► Endorser::invoke ─► Step::Done ─► Stream::invoked
//!                                                        └► Step::Run ─► another stream, then that
//!                      Event::Finished ─► finish(endorsement, result) ─► answer
//! ```
//!
//! Not here: connections and time limits (`node`), whether the endorsements suffice (`validate`).

pub(crate) mod acl;
pub(crate) mod check;
mod error;
mod interest;
mod target;

pub use error::Denied;
pub use target::Target;

use crate::stream::{Completed, Failure, Invocation, Limits, Transaction};
use crate::system::{self, Packages, Values};
use crate::view::{Channels, View};
use bccsp::{Digest, Providers};
use check::{Checked, Seen};
use msp::{Manager, SigningIdentity};
use proto::Bytes;
use proto::prost::Message;
use proto::protos::{ChaincodeAction, ChaincodeId, ProposalResponse, Response, SignedProposal};
use std::sync::Arc;
use sys::Clock;

/// What endorses: the peer's identity, and everything it looks at. One for each process.
#[derive(Debug)]
pub struct Endorser {
    pub(crate) providers: &'static Providers,
    pub(crate) identity: SigningIdentity,
    pub(crate) local: Manager,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) channels: Arc<dyn Channels>,
    pub(crate) packages: Arc<dyn Packages>,
    pub(crate) values: Arc<dyn Values>,
    limits: Limits,
}

/// What an [`Endorser`] is made of.
#[derive(Debug)]
pub struct Parts {
    /// Who signs.
    pub identity: SigningIdentity,
    /// The MSP of the peer's own organisation, alone.
    pub local: Manager,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The channels of the peer.
    pub channels: Arc<dyn Channels>,
    /// Chaincodes that are installed.
    pub packages: Arc<dyn Packages>,
    /// Private values of the organisation's approvals.
    pub values: Arc<dyn Values>,
    /// What one transaction may take.
    pub limits: Limits,
}

/// What a proposal leads to.
#[derive(Debug)]
pub enum Plan {
    /// The answer is there.
    Done(Box<ProposalResponse>),
    /// A chaincode is to run.
    Run(Box<Endorsement>),
}

/// What a call of one chaincode by another leads to.
#[derive(Debug)]
pub enum Step {
    /// It has ended already: a system chaincode.
    Done(Result<Completed, Failure>),
    /// It is to run on a stream, too.
    Run(Box<Target>),
}

/// A proposal that is tried out.
#[derive(Debug)]
pub struct Endorsement {
    checked: Box<Checked>,
    view: View,
    target: Target,
}

impl Endorsement {
    /// What is to run.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The transaction's id.
    #[must_use]
    pub fn transaction_id(&self) -> &str {
        self.checked.proposal.transaction_id()
    }
}

impl Endorser {
    /// Puts one together. The providers stay for as long as the process runs: transactions go from
    /// task to task, and hash.
    #[must_use]
    pub fn new(providers: &Providers, parts: Parts) -> Self {
        let Parts { identity, local, clock, channels, packages, values, limits } = parts;
        let providers = Box::leak(Box::new(providers.clone()));
        Self { providers, identity, local, clock, channels, packages, values, limits }
    }

    /// Looks at a proposal.
    ///
    /// # Errors
    /// [`Denied`] is the answer with gRPC status 2. Everything else is an answer with a status of
    /// its own inside.
    pub fn begin(&self, signed: SignedProposal) -> Result<Plan, Denied> {
        let checked = match self.check(signed)? {
            Seen::Checked(checked) => checked,
            Seen::NoChannel(channel) => {
                let channel: String = channel.chars().take(250).collect();
                return Ok(done(refused(500, format!("channel '{channel}' not found"))));
            }
        };
        if system::is_system(&checked.chaincode) {
            return Ok(done(self.run_system(&checked)));
        }
        let Some(view) = checked.view.clone() else {
            let why = format!("chaincode {} runs on a channel; name one", checked.chaincode);
            return Ok(done(refused(500, why)));
        };
        Ok(match self.plan(checked, view) {
            Ok(endorsement) => Plan::Run(Box::new(endorsement)),
            Err(why) => done(refused(500, why)),
        })
    }

    /// Says what is to run for one chaincode that is called by another. `endorsement` is the caller's.
    ///
    /// # Errors
    /// Never: what goes wrong is what the caller is told.
    #[must_use]
    pub fn invoke(&self, endorsement: &Endorsement, invocation: &Invocation) -> Step {
        match self.step(endorsement, invocation) {
            Ok(step) => step,
            Err(why) => Step::Done(Err(Failure::GivenUp(why))),
        }
    }

    /// Makes the answer of what the chaincode came to.
    #[must_use]
    pub fn finish(
        &self,
        endorsement: &Endorsement,
        result: Result<Completed, Failure>,
    ) -> ProposalResponse {
        let Endorsement { checked, view, target } = endorsement;
        let completed = match result {
            Ok(completed) => completed,
            Err(failure) => {
                let id = endorsement.transaction_id();
                let why =
                    format!("error in simulation: failed to execute transaction {id}: {failure}");
                return refused(500, why);
            }
        };
        let answer =
            self.answer(checked, view, &target.call.transaction, &target.version, completed);
        answer.unwrap_or_else(|why| refused(500, why))
    }

    fn plan(&self, checked: Box<Checked>, view: View) -> Result<Endorsement, String> {
        let transaction = self.transaction(&checked, &view)?;
        let (input, signed) = (checked.input.clone(), checked.signed.clone());
        let target = self.target(&transaction, &view, &checked.chaincode, input, signed);
        let target = target.map_err(|error| error.to_string())?;
        Ok(Endorsement { checked, view, target })
    }

    fn transaction(&self, checked: &Checked, view: &View) -> Result<Transaction, String> {
        let id = checked.proposal.transaction_id();
        Transaction::begin(view.clone(), id, self.limits, self.providers)
            .map_err(|error| error.to_string())
    }

    fn step(&self, endorsement: &Endorsement, invocation: &Invocation) -> Result<Step, String> {
        let Invocation { caller, chaincode, channel, input, transaction } = invocation;
        if caller.channel != *channel && *channel == transaction.home() {
            return Err(format!("channel '{channel}' waits for this call and cannot be called"));
        }
        let checked = &endorsement.checked;
        let other = *channel != endorsement.view.id();
        let view =
            if other { self.other_channel(checked, channel)? } else { endorsement.view.clone() };
        if chaincode == system::QSCC {
            let creator = view.config().msps().identity_of(checked.proposal.headers().creator());
            let creator = creator.map_err(|refused| refused.to_string())?;
            let response = system::qscc::run(self, Some(&view), &creator, &input.args);
            return Ok(Step::Done(Ok(Completed { response, event: None })));
        }
        if system::is_system(chaincode) {
            let why =
                format!("system chaincode {chaincode} is not invocable with a cc2cc invocation");
            return Err(why);
        }
        if other {
            transaction.open(view.clone(), self.providers).map_err(|error| error.to_string())?;
        }
        let signed = checked.signed.clone();
        let target = self.target(transaction, &view, chaincode, input.clone(), signed);
        Ok(Step::Run(Box::new(target.map_err(|error| error.to_string())?)))
    }

    /// A channel that a chaincode of another one asks: whoever proposed must be somebody there, too.
    fn other_channel(&self, checked: &Checked, channel: &str) -> Result<View, String> {
        let view = self.channels.view(channel);
        let view = view.ok_or_else(|| format!("channel '{channel}' not found"))?;
        let data = checked.proposal.signed_data(checked.signed.signature.clone());
        let who = check::signer(view.config().msps(), channel, data);
        let who = who.map_err(|denied| denied.to_string())?;
        acl::check_channel(acl::CHAINCODE_TO_CHAINCODE, &view, &who)?;
        Ok(view)
    }

    fn run_system(&self, checked: &Checked) -> ProposalResponse {
        let Some(view) = &checked.view else {
            let response = system::run(self, checked, None);
            return ProposalResponse { response: Some(response), ..ProposalResponse::default() };
        };
        let answer = self.transaction(checked, view).and_then(|transaction| {
            let response = system::run(self, checked, Some(&transaction));
            let completed = Completed { response, event: None };
            self.answer(checked, view, &transaction, system::VERSION, completed)
        });
        answer.unwrap_or_else(|why| refused(500, why))
    }

    fn answer(
        &self,
        checked: &Checked,
        view: &View,
        transaction: &Transaction,
        version: &str,
        completed: Completed,
    ) -> Result<ProposalResponse, String> {
        let Completed { response, event } = completed;
        let failed = |error: &dyn std::fmt::Display| format!("error in simulation: {error}");
        let snapshot = transaction.with(view.id(), |open| Ok(open.snapshot.clone()));
        let snapshot = snapshot.map_err(|error| failed(&error))?;
        let set = transaction.finish().map_err(|error| failed(&error))?.public;
        if (400..500).contains(&response.status) {
            return Ok(ProposalResponse {
                response: Some(response),
                ..ProposalResponse::default()
            });
        }
        let interest = interest::interest(&checked.chaincode, &set, &snapshot)
            .map_err(|error| failed(&error))?;
        let event = event.map(|event| event.encode_to_vec()).unwrap_or_default();
        let name = checked.chaincode.clone();
        let id = ChaincodeId { name, version: version.to_owned(), ..ChaincodeId::default() };
        let is_error = response.status >= 500;
        let action = ChaincodeAction {
            results: set.encode_to_vec().into(),
            events: event.into(),
            response: Some(response),
            chaincode_id: Some(id),
        };
        let answer = self.sign(checked, view, &action, is_error).map_err(|error| failed(&error))?;
        Ok(ProposalResponse { interest: Some(interest), ..answer })
    }

    /// A result that is an error travels without endorsement.
    fn sign(
        &self,
        checked: &Checked,
        view: &View,
        action: &ChaincodeAction,
        is_error: bool,
    ) -> Result<ProposalResponse, Box<dyn std::error::Error>> {
        let hash = view.config().hash()?;
        if is_error {
            return Ok(ProposalResponse {
                response: action.response.clone(),
                payload: checked.proposal.response_payload(action, hash),
                ..ProposalResponse::default()
            });
        }
        let (endorser, key) = (self.identity.serialized(), &**self.identity.key());
        Ok(checked.proposal.endorse(action, hash, endorser, key)?)
    }
}

fn done(response: ProposalResponse) -> Plan {
    Plan::Done(Box::new(response))
}

fn refused(status: i32, message: String) -> ProposalResponse {
    let response = Response { status, message, payload: Bytes::new() };
    ProposalResponse { response: Some(response), ..ProposalResponse::default() }
}

/// A value as its hash is written down.
pub(crate) fn digest(hash: &dyn bccsp::Hash, value: &[u8]) -> Digest {
    hash.digest(&[value])
}
