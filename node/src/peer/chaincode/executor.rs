// SPDX-License-Identifier: Apache-2.0
//! Tries proposals out: looks at them, runs their chaincodes, and signs what they come to.

use super::link::{Link, Next, Running};
use super::links::Links;
use crate::gateway::Endorses;
use crate::operations::metrics::Stage;
use crate::peer::numbers::{EXPIRED, Numbers, Proposed};
use ::peer::endorse::{Denied, Endorsement, Endorser, Plan, Step, Target};
use ::peer::stream::{Call, Completed, Failure, Invocation};
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
    numbers: Numbers,
}

impl Executor {
    pub(crate) fn new(
        endorser: Arc<Endorser>,
        links: Arc<Links>,
        patience: Duration,
        numbers: Numbers,
    ) -> Self {
        Self { endorser, links, patience, numbers }
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
        let proposed = self.numbers.proposed(&signed);
        let answer = self.try_out(signed, &proposed).await;
        match &answer {
            Ok((answer, simulated)) => proposed.answered(answer, *simulated),
            Err(denied) => proposed.denied(denied),
        }
        answer.map(|(answer, _)| answer)
    }

    /// The answer, and whether what was called came to an end of its own.
    async fn try_out(
        &self,
        signed: SignedProposal,
        proposed: &Proposed,
    ) -> Result<(ProposalResponse, bool), Denied> {
        let endorser = Arc::clone(&self.endorser);
        let stages = self.numbers.stages.clone();
        let begin = move || stages.measure(Stage::Propose, || endorser.begin(signed));
        let plan = blocking(begin).await??;
        let endorsement = match plan {
            Plan::Done(answer) => return Ok((*answer, true)),
            Plan::Run(endorsement) => Arc::<Endorsement>::from(endorsement),
        };
        let target = endorsement.target().clone();
        // Until it is ready, a chaincode has a time of its own.
        let result = match self.links.to(&target.package_id).await {
            Err(why) => Err(Failure::GivenUp(why)),
            Ok(link) => {
                let deadline = Instant::now() + self.patience;
                self.run(Arc::clone(&endorsement), link, target.call, deadline).await
            }
        };
        if let Err(failure) = &result {
            proposed.not_simulated(failure);
        }
        let (endorser, simulated) = (Arc::clone(&self.endorser), result.is_ok());
        let stages = self.numbers.stages.clone();
        let finish = move || endorser.finish(&endorsement, result);
        let answer = blocking(move || stages.measure(Stage::Endorse, finish)).await?;
        Ok((answer, simulated))
    }

    /// Runs a chaincode, and those that it calls.
    fn run(
        &self,
        endorsement: Arc<Endorsement>,
        link: Link,
        call: Call,
        deadline: Instant,
    ) -> Waiting<Result<Completed, Failure>> {
        let this = self.clone();
        Box::pin(async move {
            let mut running = link.run(call).await?;
            loop {
                let Ok(next) = timeout_at(deadline, running.next()).await else {
                    running.give_up(EXPIRED).await;
                    return Err(Failure::GivenUp(EXPIRED.to_owned()));
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

    /// The same for one that another one calls, and within its time.
    async fn run_called(
        &self,
        endorsement: Arc<Endorsement>,
        target: Target,
        deadline: Instant,
    ) -> Result<Completed, Failure> {
        let Ok(link) = timeout_at(deadline, self.links.to(&target.package_id)).await else {
            return Err(Failure::GivenUp(EXPIRED.to_owned()));
        };
        self.run(endorsement, link.map_err(Failure::GivenUp)?, target.call, deadline).await
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
            Ok(Step::Run(target)) => {
                self.run_called(Arc::clone(endorsement), *target, deadline).await
            }
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
