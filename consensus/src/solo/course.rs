// SPDX-License-Identifier: Apache-2.0
//! The task that gathers, cuts, seals and answers.
//!
//! Behind an envelope that changes the configuration nothing is taken from the queue until its block
//! is sealed: so what is gathered was always judged under the configuration in force, and what was
//! queued before is judged again when its turn comes.

use super::{AnswerTo, Item, Receiver, STOPPED, Shared, unavailable};
use crate::{Answer, Batch, Chain, Cutter, Kind, SealError};
use block::Block;
use openraft_rt::{AsyncRuntime, Instant, MpscReceiver, OneshotSender, Select4};
use proto::Bytes;
use std::collections::VecDeque;
use std::future::pending;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

type Sealed = Result<Result<Option<Block>, SealError>, io::Error>;
type Sealing = Pin<Box<dyn Future<Output = Sealed> + Send>>;

/// A batch, and who waits for it.
struct Cut<Rt: AsyncRuntime> {
    batch: Batch,
    items: Vec<Item<Rt>>,
}

pub(super) struct Course<Rt: AsyncRuntime> {
    chain: Arc<dyn Chain>,
    shared: Arc<Shared>,
    queue: Receiver<Rt, Item<Rt>>,
    stop: Receiver<Rt, AnswerTo<Rt, ()>>,
    cutter: Cutter,
    /// Those whose envelopes are in the cutter, in its order.
    gathered: VecDeque<Item<Rt>>,
    /// When the cutter is emptied at the latest.
    deadline: Option<Rt::Instant>,
    /// What was cut and waits for its turn.
    cut: VecDeque<Cut<Rt>>,
    /// What is on its way, and who waits for it.
    sealing: Option<(Sealing, Vec<Item<Rt>>)>,
    /// Whether a configuration was cut or is on its way.
    is_barred: bool,
}

/// Batches that wait for their turn; who sends more waits.
const AHEAD: usize = 2;

impl<Rt: AsyncRuntime> Course<Rt> {
    pub(super) fn new(
        chain: Arc<dyn Chain>,
        shared: Arc<Shared>,
        queue: Receiver<Rt, Item<Rt>>,
        stop: Receiver<Rt, AnswerTo<Rt, ()>>,
    ) -> Self {
        Self {
            cutter: Cutter::new(chain.limits()),
            chain,
            shared,
            queue,
            stop,
            gathered: VecDeque::new(),
            deadline: None,
            cut: VecDeque::new(),
            sealing: None,
            is_barred: false,
        }
    }

    pub(super) async fn run(mut self) {
        let mut told = Vec::new();
        let why = loop {
            match self.next().await {
                Select4::First(Ok(())) => {}
                Select4::First(Err(why)) => break why,
                Select4::Second(done) => {
                    told.extend(done);
                    break self.end_sealing().await;
                }
                Select4::Third(Some(item)) => self.take(item),
                // Nobody is left who could send.
                Select4::Third(None) => break self.end_sealing().await,
                Select4::Fourth(()) => self.cut_gathered(),
            }
            self.go_on();
        };
        self.finish(&why, told);
    }

    /// What happens next: a block is done, somebody wants it to stop, an envelope, the time is over.
    async fn next(
        &mut self,
    ) -> Select4<Result<(), String>, Option<AnswerTo<Rt, ()>>, Option<Item<Rt>>, ()> {
        let is_taking = !self.is_barred && self.cut.len() < AHEAD;
        let (queue, stop, deadline) = (&mut self.queue, &mut self.stop, self.deadline);
        let sealing = self.sealing.as_mut();
        let selected = Rt::select4(
            async {
                match sealing {
                    Some((sealing, _)) => sealing.await,
                    None => pending().await,
                }
            },
            stop.recv(),
            async { if is_taking { queue.recv().await } else { pending().await } },
            async {
                match deadline {
                    Some(deadline) => Rt::sleep_until(deadline).await,
                    None => pending().await,
                }
            },
        )
        .await;
        match selected {
            Select4::First(sealed) => Select4::First(self.sealed(sealed)),
            Select4::Second(done) => Select4::Second(done),
            Select4::Third(item) => Select4::Third(item),
            Select4::Fourth(()) => Select4::Fourth(()),
        }
    }

    /// Takes an envelope, and those that are there already behind it.
    fn take(&mut self, item: Item<Rt>) {
        self.enter(item);
        while !self.is_barred && self.cut.len() < AHEAD {
            let Ok(item) = self.queue.try_recv() else { return };
            self.enter(item);
        }
    }

    fn enter(&mut self, item: Item<Rt>) {
        let Some(item) = self.judged_again(item) else { return };
        let envelope = item.admitted.envelope.clone();
        match item.admitted.kind {
            Kind::Normal => {
                let cut = self.cutter.add(envelope);
                self.gathered.push_back(item);
                cut.into_iter().for_each(|envelopes| self.cut_as(envelopes));
                self.set_deadline();
            }
            Kind::Config { .. } => {
                self.cut_gathered();
                let batch = Batch::config(item.admitted.sequence, envelope);
                self.cut.push_back(Cut { batch, items: vec![item] });
                self.is_barred = true;
            }
        }
    }

    /// Judges an envelope again that was admitted under another configuration than the one in
    /// force. One that is refused now is answered.
    fn judged_again(&self, mut item: Item<Rt>) -> Option<Item<Rt>> {
        if item.admitted.sequence == self.chain.sequence() {
            return Some(item);
        }
        let judged = match &item.admitted.kind {
            Kind::Normal => self.chain.admit(&item.admitted.envelope),
            Kind::Config { update } => self.chain.admit(update),
        };
        match judged {
            Ok(admitted) => {
                item.admitted = admitted;
                Some(item)
            }
            Err(refusal) => {
                answer(item, Answer::Refused(refusal));
                None
            }
        }
    }

    fn cut_gathered(&mut self) {
        if let Some(envelopes) = self.cutter.cut() {
            self.cut_as(envelopes);
        }
        self.set_deadline();
    }

    /// Gathered envelopes were admitted under one configuration. If not, because another sealed
    /// here, the batch goes by the first and oldest, and is not sealed but judged again.
    fn cut_as(&mut self, envelopes: Vec<Bytes>) {
        let count = envelopes.len().min(self.gathered.len());
        let items: Vec<_> = self.gathered.drain(..count).collect();
        let sequence = items.first().map_or(0, |item| item.admitted.sequence);
        self.cut.push_back(Cut { batch: Batch::normal(sequence, envelopes), items });
    }

    fn set_deadline(&mut self) {
        if self.cutter.is_empty() {
            self.deadline = None;
        } else if self.deadline.is_none() {
            self.deadline = Some(Rt::Instant::now() + self.cutter.limits().timeout);
        }
    }

    /// While nothing is on its way, what is there goes.
    fn go_on(&mut self) {
        if self.sealing.is_some() {
            return;
        }
        if self.cut.is_empty() {
            self.cut_gathered();
        }
        let Some(Cut { batch, items }) = self.cut.pop_front() else { return };
        let chain = Arc::clone(&self.chain);
        let seal = Rt::spawn_blocking(move || chain.seal(&batch, Bytes::new()));
        self.sealing = Some((Box::pin(seal), items));
    }

    /// A block is on disk, or will never be.
    fn sealed(&mut self, sealed: Sealed) -> Result<(), String> {
        let items = self.sealing.take().map(|(_, items)| items).unwrap_or_default();
        let sealed = match sealed {
            Ok(Ok(sealed)) => sealed,
            Ok(Err(error)) => return Err(give_up(items, error.to_string())),
            Err(error) => return Err(give_up(items, format!("sealing was cut short: {error}"))),
        };
        self.is_barred = self.is_barred && self.cut.iter().any(is_config);
        self.cutter.set_limits(self.chain.limits());
        match sealed {
            Some(block) => {
                let ordered = Answer::Ordered { block: block.number() };
                items.into_iter().for_each(|item| answer(item, ordered.clone()));
            }
            None => self.enter_again(items),
        }
        Ok(())
    }

    /// The configuration changed although nobody here changed it: everything is judged again, in
    /// its order.
    fn enter_again(&mut self, first: Vec<Item<Rt>>) {
        let mut items = first;
        items.extend(self.cut.drain(..).flat_map(|cut| cut.items));
        items.extend(self.gathered.drain(..));
        self.cutter.cut();
        self.set_deadline();
        self.is_barred = false;
        items.into_iter().for_each(|item| self.enter(item));
    }

    /// Waits for the block that is on its way; gives the reason why there is no other.
    async fn end_sealing(&mut self) -> String {
        if let Some((sealing, _)) = &mut self.sealing {
            let sealed = sealing.await;
            if let Err(why) = self.sealed(sealed) {
                return why;
            }
        }
        STOPPED.to_owned()
    }

    /// Answers all who wait, gives the chain back, and then tells those who wait for that.
    fn finish(mut self, why: &str, mut told: Vec<AnswerTo<Rt, ()>>) {
        self.shared.close(why);
        let mut items: Vec<_> = self.cut.drain(..).flat_map(|cut| cut.items).collect();
        items.extend(self.gathered.drain(..));
        while let Ok(item) = self.queue.try_recv() {
            items.push(item);
        }
        // None of them was handed to the chain.
        items.into_iter().for_each(|item| answer(item, unavailable(why)));
        let Self { chain, shared, mut stop, .. } = self;
        drop((chain, shared));
        while let Ok(done) = stop.try_recv() {
            told.push(done);
        }
        for done in told {
            // One who went away needs no answer.
            let _ = done.send(());
        }
    }
}

fn is_config<Rt: AsyncRuntime>(cut: &Cut<Rt>) -> bool {
    cut.batch.kind() == crate::BatchKind::Config
}

/// Whether the block is on disk shows when the chain is opened again.
fn give_up<Rt: AsyncRuntime>(items: Vec<Item<Rt>>, why: String) -> String {
    items.into_iter().for_each(|item| answer(item, Answer::Unknown(why.clone())));
    why
}

/// One who went away needs no answer.
fn answer<Rt: AsyncRuntime>(item: Item<Rt>, what: Answer) {
    let _ = item.answer.send(what);
}
