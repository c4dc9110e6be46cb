// SPDX-License-Identifier: Apache-2.0
//! A single node orders a real channel: transactions, configurations, a revocation in between.

mod common;

use bccsp::Suite;
use common::{CHANNEL, Here};
use consensus::{Answer, Chain, Consenter, Refusal, Solo};
use openraft_rt_tokio::TokioRuntime;
use std::sync::Arc;

async fn order(solo: &Solo<TokioRuntime>, envelope: &proto::Bytes) -> Answer {
    solo.submit(envelope.clone()).await.await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn envelopes_become_a_chain() {
    for suite in Suite::ALL {
        let here = Here::new(suite, 0);
        let solo = Solo::<TokioRuntime>::start(here.channel.clone());
        let (one, other) = (here.kit.client("one"), here.kit.client("other"));
        let mut answers = Vec::new();
        for n in 0..25_u8 {
            answers.push(solo.submit(one.transaction(CHANNEL, "k", &[n])).await);
        }
        let revoke = here.kit.revoke(&here.channel.configuration(), &one);
        let late = one.transaction(CHANNEL, "k", b"late");
        answers.push(solo.submit(revoke).await);
        let mut last = 0;
        for answer in answers {
            let Answer::Ordered { block } = answer.await else { panic!("not ordered") };
            assert!(block >= last);
            last = block;
        }
        let refused = order(&solo, &late).await;
        assert!(matches!(refused, Answer::Refused(Refusal::Forbidden(_))), "{refused:?}");
        let switch = here.kit.switch_hash(&here.channel.configuration());
        assert_eq!(order(&solo, &switch).await, Answer::Ordered { block: last + 1 });
        let next = other.transaction(CHANNEL, "k", b"next");
        assert_eq!(order(&solo, &next).await, Answer::Ordered { block: last + 2 });
        solo.stop().await;
        here.check_chain();
        let entries = (1..here.channel.height())
            .map(|number| here.channel.block(number).unwrap().unwrap().entries().len());
        assert_eq!(entries.sum::<usize>(), 28);
        // It gave back what it held: the folder is opened again.
        assert_eq!(Arc::strong_count(&here.channel), 1);
        here.reopen().check_chain();
    }
}

#[tokio::test]
async fn transactions_that_wait_behind_a_revocation_are_judged_again() {
    let here = Here::new(Suite::Gm, 0);
    let client = here.kit.client("one");
    let revoke = here.kit.revoke(&here.channel.configuration(), &client);
    let behind = [1, 2].map(|n| client.message(CHANNEL, &[n]));
    let solo = Solo::<TokioRuntime>::start(here.channel.clone());
    // On one thread nothing is sealed before all of them are queued.
    let first = solo.submit(revoke).await;
    let behind = [solo.submit(behind[0].clone()).await, solo.submit(behind[1].clone()).await];
    assert_eq!(first.await, Answer::Ordered { block: 1 });
    for answer in behind {
        let answer = answer.await;
        assert!(matches!(answer, Answer::Refused(Refusal::Forbidden(_))), "{answer:?}");
    }
    assert_eq!(here.channel.height(), 2);
    solo.stop().await;
}
