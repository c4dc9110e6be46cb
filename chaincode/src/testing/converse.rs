// SPDX-License-Identifier: Apache-2.0
//! A chaincode at the other end of a stream on which a peer may say anything: no sockets, no time.

use crate::Chaincode;
use crate::stream::{Process, run};
use futures_util::StreamExt as _;
use futures_util::stream::unfold;
use proto::protos::ChaincodeMessage;
use std::sync::Arc;
use tokio::sync::mpsc::unbounded_channel;
use tokio::sync::watch;
use tokio::task::yield_now;

/// Says these messages to a chaincode, with time for what it has to say after each, and closes the
/// stream. Returns what the chaincode said. Needs a tokio runtime.
pub async fn converse(
    chaincode: impl Chaincode,
    id: &str,
    messages: Vec<ChaincodeMessage>,
) -> Vec<ChaincodeMessage> {
    let (_stop, stopping) = watch::channel(false);
    let process = Process {
        chaincode: Arc::new(chaincode),
        id: id.into(),
        peer_msp_id: None,
        stopping,
        registered: |_| {},
    };
    let (out, mut said) = unbounded_channel();
    let messages = unfold(messages.into_iter(), |mut left| async move {
        for _ in 0..TURNS {
            yield_now().await;
        }
        left.next().map(|message| (Ok(message), left))
    });
    run(process, messages.boxed(), out).await;
    std::iter::from_fn(|| said.try_recv().ok()).collect()
}

/// In which all tasks of a few transactions have their turn.
const TURNS: usize = 4;
