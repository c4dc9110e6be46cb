// SPDX-License-Identifier: Apache-2.0
//! A single node that orders.

mod text;

use gmca_consensus::{Answer, Consenter, Refusal, Solo, Waiting};
use openraft_rt_tokio::TokioRuntime;
use proto::Bytes;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use text::Text;

type TokioSolo = Solo<TokioRuntime>;

const LONG: Duration = Duration::from_secs(3600);

async fn submit(solo: &TokioSolo, text: &str) -> Waiting<Answer> {
    solo.submit(Bytes::copy_from_slice(text.as_bytes())).await
}

async fn all(answers: Vec<Waiting<Answer>>) -> Vec<Answer> {
    let mut all = Vec::new();
    for answer in answers {
        all.push(answer.await);
    }
    all
}

fn ordered(block: u64) -> Answer {
    Answer::Ordered { block }
}

fn forbidden(why: &str) -> Answer {
    Answer::Refused(Refusal::Forbidden(why.to_owned()))
}

fn unavailable(why: &str) -> Answer {
    Answer::Refused(Refusal::Unavailable(why.to_owned()))
}

/// Waits until everything sent before was taken.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(100)).await;
}

/// One that seals nothing yet: the first envelope is on its way.
async fn begun(timeout: Duration) -> (Arc<Text>, TokioSolo, Waiting<Answer>) {
    let chain = Text::new(0, timeout);
    let solo = TokioSolo::start(chain.clone());
    let first = submit(&solo, "a").await;
    settle().await;
    (chain, solo, first)
}

#[tokio::test]
async fn while_nothing_is_on_its_way_an_envelope_does_not_wait() {
    let chain = Text::new(100, LONG);
    let solo = TokioSolo::start(chain.clone());
    solo.ready().unwrap();
    for number in 1..4 {
        assert_eq!(submit(&solo, "a").await.await, ordered(number));
    }
    assert_eq!(submit(&solo, "bad").await.await, forbidden("no bad"));
    assert_eq!(chain.batches(), [["a"], ["a"], ["a"]]);
}

#[tokio::test]
async fn what_comes_meanwhile_is_gathered_and_cut_when_the_way_is_free() {
    let (chain, solo, first) = begun(LONG).await;
    let mut answers = vec![first];
    for text in ["b", "c", "d", "e"] {
        answers.push(submit(&solo, text).await);
    }
    settle().await;
    chain.open(100);
    assert_eq!(all(answers).await, [1, 2, 2, 2, 3].map(ordered));
    assert_eq!(chain.batches(), [vec!["a"], vec!["b", "c", "d"], vec!["e"]]);
}

#[tokio::test]
async fn a_configuration_is_alone_and_what_was_admitted_before_is_judged_again() {
    let (chain, solo, first) = begun(LONG).await;
    let mut answers = vec![first];
    for text in ["b", "config1", "once", "c", "config2", "d"] {
        answers.push(submit(&solo, text).await);
    }
    settle().await;
    chain.open(100);
    let refused = forbidden("no once");
    let wanted = [ordered(1), ordered(2), ordered(3), refused, ordered(4), ordered(5), ordered(6)];
    assert_eq!(all(answers).await, wanted);
    // The second configuration was made anew from its update, under the first.
    let sealed = [vec!["a"], vec!["b"], vec!["01"], vec!["c"], vec!["12"], vec!["d"]];
    assert_eq!(chain.batches(), sealed);
}

#[tokio::test]
async fn a_configuration_from_elsewhere_makes_everything_be_judged_again() {
    let (chain, solo, first) = begun(LONG).await;
    let mut answers = vec![first];
    for text in ["once", "b", "c", "d"] {
        answers.push(submit(&solo, text).await);
    }
    settle().await;
    chain.sequence.store(1, Ordering::SeqCst);
    chain.open(100);
    let answers = all(answers).await;
    assert_eq!(answers[1], forbidden("no once"));
    let count = answers.iter().filter(|one| matches!(one, Answer::Ordered { .. })).count();
    assert_eq!(count, 4);
    assert_eq!(chain.batches().concat(), ["a", "b", "c", "d"]);
    assert!(chain.sealed.lock().unwrap().iter().all(|batch| batch.sequence() == 1));
}

#[tokio::test]
async fn a_block_that_cannot_be_sealed_ends_it() {
    let (chain, solo, first) = begun(LONG).await;
    let second = submit(&solo, "b").await;
    chain.is_broken.store(true, Ordering::SeqCst);
    chain.open(1);
    let why = "block 1 of channel text: the disk is full";
    assert_eq!(first.await, Answer::Unknown(why.to_owned()));
    assert_eq!(second.await, unavailable(why));
    assert_eq!(solo.ready().unwrap_err().0, why);
    assert_eq!(submit(&solo, "c").await.await, unavailable(why));
    solo.stop().await;
    assert_eq!(Arc::strong_count(&chain), 1);
}

#[tokio::test]
async fn stopped_it_gives_the_chain_back_and_answers_everybody() {
    let (chain, solo, first) = begun(LONG).await;
    let second = submit(&solo, "config").await;
    let third = submit(&solo, "c").await;
    settle().await;
    let stopping = tokio::spawn(solo.stop());
    settle().await;
    assert!(!stopping.is_finished());
    chain.open(1);
    stopping.await.unwrap();
    assert_eq!(Arc::strong_count(&chain), 1);
    let stopped = unavailable("ordering on this channel was stopped");
    assert_eq!(first.await, ordered(1));
    assert_eq!([second.await, third.await], [stopped.clone(), stopped.clone()]);
    assert_eq!(submit(&solo, "d").await.await, stopped);
    solo.stop().await;
    assert!(solo.ready().is_err());
}

#[tokio::test]
async fn the_first_of_a_batch_waits_no_longer_than_the_timeout() {
    // Shown by where batches end: without the timeout, b and c would be one.
    for (timeout, blocks) in [(LONG, [1, 2, 2]), (Duration::from_millis(20), [1, 2, 3])] {
        let (chain, solo, first) = begun(timeout).await;
        let mut answers = vec![first, submit(&solo, "b").await];
        settle().await;
        answers.push(submit(&solo, "c").await);
        settle().await;
        chain.open(100);
        assert_eq!(all(answers).await, blocks.map(ordered));
    }
}
