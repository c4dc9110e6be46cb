// SPDX-License-Identifier: Apache-2.0
//! Channel participation of an orderer, as its administrators ask for it.

use super::{Answer, ClientError, Target, Web};
use crate::leadership::{self, Drained, Leadership};
use crate::participation::CHANNELS;
use http::Method;
use serde::Deserialize;

/// The administrators' port of an orderer.
#[derive(Clone, Debug)]
pub struct ParticipationClient(Web);

/// How a channel stands on an orderer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ChannelInfo {
    /// Its name.
    pub name: String,
    /// `consenter`, `follower`, `config-tracker` or `other`.
    #[serde(rename = "consensusRelation")]
    pub relation: String,
    /// `active`, `onboarding`, `inactive` or `failed`.
    pub status: String,
    /// How many blocks it has.
    pub height: u64,
}

#[derive(Deserialize)]
struct List {
    channels: Option<Vec<Named>>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct Failure {
    error: String,
}

impl ParticipationClient {
    /// The orderer at an address, whose TLS settings have a certificate to show.
    #[must_use]
    pub fn new(target: Target) -> Self {
        Self(Web::new(target))
    }

    /// The names of its channels.
    ///
    /// # Errors
    /// [`ClientError::Web`], [`ClientError::Unreachable`].
    pub async fn list(&self) -> Result<Vec<String>, ClientError> {
        let answer = self.0.get(CHANNELS).await?;
        let list: List = read(&expect(answer, 200)?)?;
        Ok(list.channels.unwrap_or_default().into_iter().map(|named| named.name).collect())
    }

    /// How a channel stands.
    ///
    /// # Errors
    /// [`ClientError::Web`] with 404 when it is not there, [`ClientError::Unreachable`].
    pub async fn info(&self, channel: &str) -> Result<ChannelInfo, ClientError> {
        let answer = self.0.get(&format!("{CHANNELS}/{channel}")).await?;
        read(&expect(answer, 200)?)
    }

    /// Joins the channel of a config block.
    ///
    /// # Errors
    /// [`ClientError::Web`] with 405 when it has the channel, [`ClientError::Unreachable`].
    pub async fn join(&self, block: &[u8]) -> Result<ChannelInfo, ClientError> {
        let boundary = boundary(block);
        let mut body = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"config-block\"; \
             filename=\"config.block\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(block);
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        let kind = format!("multipart/form-data; boundary={boundary}");
        let answer = self.0.send(Method::POST, CHANNELS, Some((kind, body))).await?;
        read(&expect(answer, 201)?)
    }

    /// Leaves a channel, and removes its blocks there.
    ///
    /// # Errors
    /// [`ClientError::Web`] with 404 when it is not there, [`ClientError::Unreachable`].
    pub async fn remove(&self, channel: &str) -> Result<(), ClientError> {
        let path = format!("{CHANNELS}/{channel}");
        expect(self.0.send(Method::DELETE, &path, None).await?, 204).map(drop)
    }
}

impl ParticipationClient {
    /// Who leads a channel. Only our orderers know the request.
    ///
    /// # Errors
    /// [`ClientError::Web`] with 404 when the channel is not there, [`ClientError::Unreachable`].
    pub async fn leader(&self, channel: &str) -> Result<Leadership, ClientError> {
        read(&expect(self.0.get(&leader_path(channel)).await?, 200)?)
    }

    /// Has the node hand a channel over to another; who leads then.
    ///
    /// # Errors
    /// [`ClientError::Web`] with 409 when it does not lead, 503 when nobody has taken over;
    /// [`ClientError::Unreachable`].
    pub async fn transfer(&self, channel: &str) -> Result<Leadership, ClientError> {
        read(&expect(self.0.send(Method::POST, &leader_path(channel), None).await?, 200)?)
    }

    /// Has the node take no envelopes and hand over all that it leads; with `false`, take them again.
    ///
    /// # Errors
    /// [`ClientError::Web`], [`ClientError::Unreachable`].
    pub async fn drain(&self, on: bool) -> Result<Drained, ClientError> {
        let method = if on { Method::POST } else { Method::DELETE };
        read(&expect(self.0.send(method, leadership::DRAIN, None).await?, 200)?)
    }
}

fn leader_path(channel: &str) -> String {
    format!("{}/{channel}/leader", leadership::CHANNELS)
}

/// Something that the block does not contain.
fn boundary(block: &[u8]) -> String {
    let mut boundary = "gmnode-form".to_owned();
    while block.windows(boundary.len()).any(|part| part == boundary.as_bytes()) {
        boundary.push('x');
    }
    boundary
}

fn expect(answer: Answer, status: u16) -> Result<Answer, ClientError> {
    if answer.status == status {
        return Ok(answer);
    }
    let failure: Option<Failure> = serde_json::from_slice(&answer.body).ok();
    let why = failure.map_or_else(
        || String::from_utf8_lossy(&answer.body).trim().to_owned(),
        |failure| failure.error,
    );
    Err(ClientError::Web { status: answer.status, why })
}

fn read<T: serde::de::DeserializeOwned>(answer: &Answer) -> Result<T, ClientError> {
    let broken = |_| ClientError::Broken("the answer of the orderer is not what it should be");
    serde_json::from_slice(&answer.body).map_err(broken)
}
