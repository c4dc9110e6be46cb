// SPDX-License-Identifier: Apache-2.0
//! A transaction from the first question to the verdict: proposed, compared, signed, sent, awaited.

use super::heights::{Again, Disagreeing};
use super::{Call, Caller, ClientError, EndorserClient, EventsClient, OrdererClient};
use ::peer::assemble::{check_endorsed, prepare};
use futures_util::future::try_join_all;
use proto::common::{Envelope, Status};
use proto::protos::{ProposalResponse, Response, SignedProposal, TxValidationCode};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Whom a transaction goes to.
#[derive(Clone, Debug)]
pub struct Network {
    /// Those that are to endorse.
    pub endorsers: Vec<EndorserClient>,
    /// Orderers: when one is not reached or has no leader, the next is asked.
    pub orderers: Vec<OrdererClient>,
    /// The peer that says what became of it.
    pub events: EventsClient,
}

/// A transaction that is in a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Committed {
    /// Its id.
    pub tx_id: String,
    /// The number of the block.
    pub block: u64,
    /// The verdict.
    pub code: TxValidationCode,
    /// What the chaincode said when it was tried out.
    pub response: Response,
}

impl Network {
    /// Sends a transaction and waits for the verdict, `patience` at most.
    ///
    /// # Errors
    /// [`ClientError`]; [`ClientError::NoVerdict`] when it was sent and may be committed yet.
    pub async fn submit(
        &self,
        caller: &Caller,
        call: &Call,
        patience: Duration,
    ) -> Result<Committed, ClientError> {
        let (proposal, tx_id) = caller.propose(call)?;
        let late = |_| ClientError::Nobody("endorsers that agree in time");
        let endorsed = timeout(patience, self.endorsed(caller, &call.channel, &proposal)).await;
        let (mut envelope, response) = endorsed.map_err(late)??;
        envelope = block::sign_payload(envelope.payload, &**caller.identity.key())?;
        let mut verdicts = self.events.verdicts(caller, &call.channel).await?;
        let late = |_| ClientError::NoVerdict(tx_id.clone());
        let work = async {
            self.send(&envelope).await?;
            verdicts.of(&tx_id).await
        };
        let (block, code) = timeout(patience, work).await.map_err(late)??;
        Ok(Committed { tx_id, block, code, response })
    }

    /// Has all endorse, and puts together what they agree on. Those that disagree because they are
    /// not equally far are asked again when they are.
    async fn endorsed(
        &self,
        caller: &Caller,
        channel: &str,
        proposal: &SignedProposal,
    ) -> Result<(Envelope, Response), ClientError> {
        let mut again = Again::default();
        loop {
            let asked = self.endorsers.iter().map(|peer| peer.process(proposal.clone()));
            let answers = try_join_all(asked).await?;
            let error = match self.agreed(proposal, &answers) {
                Ok(envelope) => {
                    let response = answers.into_iter().next().and_then(|answer| answer.response);
                    return Ok((envelope, response.unwrap_or_default()));
                }
                Err(error) => error,
            };
            let peers = &self.endorsers;
            let who = Disagreeing { caller, channel, peers, here: None };
            if agree(&answers) || !again.is_worth(who).await {
                return Err(error);
            }
        }
    }

    fn agreed(
        &self,
        proposal: &SignedProposal,
        answers: &[ProposalResponse],
    ) -> Result<Envelope, ClientError> {
        for (index, (peer, answer)) in self.endorsers.iter().zip(answers).enumerate() {
            if check_endorsed(index, answer).is_err()
                && let Some(response) = &answer.response
                && response.status >= 400
            {
                let (peer, message) = (peer.name().to_owned(), response.message.clone());
                return Err(ClientError::Refused { peer, status: response.status, message });
            }
        }
        Ok(prepare(proposal, answers)?)
    }

    /// Sends an envelope to the first orderer that takes it. While they have no leader they are
    /// asked again, without end: the same envelope twice is one transaction.
    ///
    /// # Errors
    /// [`ClientError::NotOrdered`] when one refuses it.
    pub async fn send(&self, envelope: &Envelope) -> Result<(), ClientError> {
        if self.orderers.is_empty() {
            return Err(ClientError::Nobody("orderer"));
        }
        loop {
            for orderer in &self.orderers {
                match timeout(ANSWER, orderer.send(envelope.clone())).await {
                    Ok(Err(ClientError::NotOrdered {
                        status: Status::ServiceUnavailable, ..
                    })) => {}
                    Ok(Err(ClientError::Call(_) | ClientError::Broken(_))) | Err(_) => {}
                    Ok(decided) => return decided,
                }
            }
            sleep(PAUSE).await;
        }
    }
}

/// Whether all say the same, be it yes or no.
fn agree(answers: &[ProposalResponse]) -> bool {
    let said = |answer: &ProposalResponse| {
        let response = answer.response.clone().unwrap_or_default();
        (answer.payload.clone(), response.status, response.message)
    };
    let mut all = answers.iter().map(said);
    let first = all.next();
    all.all(|one| Some(one) == first)
}

/// For the answer of one orderer.
const ANSWER: Duration = Duration::from_secs(5);
/// Before all of them are asked again.
const PAUSE: Duration = Duration::from_millis(200);
