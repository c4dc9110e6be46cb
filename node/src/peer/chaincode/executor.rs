// SPDX-License-Identifier: Apache-2.0
//! Tries proposals out: looks at them, runs their chaincodes, and signs what they come to.

use super::link::{Next, Running};
use super::links::Links;
use crate::gateway::Endorses;
use ::peer::endorse::{Denied, Endorsement, Endorser, Plan, Step, Target};
use ::peer::stream::{Completed, Failure, Invocation};
use consensus::Waiting;
use proto::protos::{ProposalResponse, SignedProposal};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

/// Tries proposals out. Clones are the same.
#[derive(Clone)]
pub(crate) struct Executor {
    endorser: Arc<Endorser>,
    links: Arc<Links>,
    /// How long a transaction may take.
    patience: Duration,
}

impl Executor {
    pub(crate) fn new(endorser: Arc<Endorser>, links: Arc<Links>, patience: Duration) -> Self {
        Self { endorser, links, patience }
    }

    /// What judges proposals.
    pub(crate) fn endorser(&self) -> &Arc<Endorser> {
        &self.endorser
    }

    /// Tries one out.
    ///
    /// # Errors
    /// [`Denied`] when nothing was run.
    pub(crate) async fn process(&self, signed: SignedProposal) -> Result<ProposalResponse, Denied> {
        let endorser = Arc::clone(&self.endorser);
        let plan = blocking(move || endorser.begin(signed)).await??;
        let endorsement = match plan {
            Plan::Done(answer) => return Ok(*answer),
            Plan::Run(endorsement) => Arc::<Endorsement>::from(endorsement),
        };
        let deadline = Instant::now() + self.patience;
        let target = endorsement.target().clone();
        let result = self.run(Arc::clone(&endorsement), target, deadline).await;
        let endorser = Arc::clone(&self.endorser);
        blocking(move || endorser.finish(&endorsement, result)).await
    }

    /// Runs a chaincode, and those that it calls.
    fn run(
        &self,
        endorsement: Arc<Endorsement>,
        target: Target,
        deadline: Instant,
    ) -> Waiting<Result<Completed, Failure>> {
        let this = self.clone();
        Box::pin(async move {
            let Target { call, package_id, .. } = target;
            let link = this.links.to(&package_id).await.map_err(Failure::Ended)?;
            let mut running = link.run(call).await?;
            loop {
                let Ok(next) = timeout_at(deadline, running.next()).await else {
                    let why = "timeout expired while executing transaction";
                    running.give_up(why).await;
                    return Err(Failure::GivenUp(why.to_owned()));
                };
                match next {
                    Next::Ended(result) => return result,
                    Next::Invoke(invocation) => {
                        this.invoke(&endorsement, invocation, &running, deadline).await;
                    }
                }
            }
        })
    }

    async fn invoke(
        &self,
        endorsement: &Arc<Endorsement>,
        invocation: Invocation,
        running: &Running,
        deadline: Instant,
    ) {
        let caller = invocation.caller.clone();
        let (endorser, of) = (Arc::clone(&self.endorser), Arc::clone(endorsement));
        let step = spawn_blocking(move || endorser.invoke(&of, &invocation)).await;
        let result = match step {
            Ok(Step::Done(result)) => result,
            Ok(Step::Run(target)) => self.run(Arc::clone(endorsement), *target, deadline).await,
            Err(error) => Err(Failure::GivenUp(error.to_string())),
        };
        running.invoked(caller, result).await;
    }
}

impl Endorses for Executor {
    fn process(&self, signed: SignedProposal) -> Waiting<Result<ProposalResponse, Denied>> {
        let this = self.clone();
        Box::pin(async move { Executor::process(&this, signed).await })
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Denied> {
    spawn_blocking(work).await.map_err(|error| Denied::Failed(error.to_string()))
}
