// SPDX-License-Identifier: Apache-2.0
//! The engine's state machine: batches become blocks when they are applied, in their order.

use super::elements::Stored;
use super::held::Held;
use super::messages::{Reach, Snapshot};
use super::record::Record;
use super::types::{Entry, LogId, Outcome, Types};
use futures_util::{Stream, TryStreamExt as _};
use openraft::storage::{EntryResponder, RaftStateMachine};
use openraft::type_config::alias::{SnapshotMetaOf, SnapshotOf};
use openraft::{AsyncRuntime, EntryPayload, OptionalSend, RaftSnapshotBuilder};
use std::io;
use std::sync::Arc;

/// Applies entries.
pub(crate) struct Machine<Rt: AsyncRuntime> {
    pub(crate) record: Arc<Record<Rt>>,
    pub(crate) held: Held<Rt>,
    /// The last entry that the engine had applied, or installed a snapshot for: the chain is ahead of
    /// it while the blocks of a snapshot are pulled.
    pub(crate) applied: Option<LogId>,
}

/// Notes a snapshot as it was when this was made.
pub(crate) struct Builder<Rt: AsyncRuntime> {
    record: Arc<Record<Rt>>,
    snapshot: Snapshot,
    _held: Held<Rt>,
}

impl<Rt: AsyncRuntime> Machine<Rt> {
    async fn apply_one(&self, entry: Entry) -> io::Result<Outcome> {
        let id = entry.log_id;
        match entry.payload {
            EntryPayload::Normal(proposal) => return self.record.seal(id, &proposal).await,
            EntryPayload::Membership(membership) => {
                self.record.enroll(Stored::new(Some(id), membership)).await?;
            }
            EntryPayload::Blank => {}
        }
        self.record.pass(id).await;
        Ok(Outcome::Nothing)
    }

    fn builder(&self, snapshot: Snapshot) -> Builder<Rt> {
        Builder { record: self.record.clone(), snapshot, _held: self.held.clone() }
    }
}

impl<Rt: AsyncRuntime> RaftStateMachine<Types<Rt>> for Machine<Rt> {
    type SnapshotData = Reach;
    type SnapshotBuilder = Builder<Rt>;

    async fn applied_state(&mut self) -> io::Result<(Option<LogId>, Stored)> {
        let (applied, membership) = self.record.applied().await;
        self.applied = applied;
        Ok((applied, membership))
    }

    async fn apply<S>(&mut self, mut entries: S) -> io::Result<()>
    where
        S: Stream<Item = io::Result<EntryResponder<Types<Rt>>>> + Unpin + OptionalSend,
    {
        while let Some((entry, responder)) = entries.try_next().await? {
            let id = entry.log_id;
            let outcome = self.apply_one(entry).await?;
            self.applied = self.applied.max(Some(id));
            if let Some(responder) = responder {
                responder.send(outcome);
            }
        }
        Ok(())
    }

    /// Not while the chain is ahead of what the engine applied: the entries between may hold a
    /// membership that a snapshot of now would leave out. The engine never forces one.
    async fn try_create_snapshot_builder(&mut self, _: bool) -> Option<Self::SnapshotBuilder> {
        let snapshot = self.record.snapshot().await;
        (snapshot.last <= self.applied).then(|| self.builder(snapshot))
    }

    async fn get_snapshot_builder(&mut self) -> Self::SnapshotBuilder {
        self.builder(self.record.snapshot().await)
    }

    async fn install_snapshot(
        &mut self,
        meta: &SnapshotMetaOf<Types<Rt>>,
        reach: Reach,
    ) -> io::Result<()> {
        let (last, membership) = (meta.last_log_id, meta.last_membership.clone());
        self.record.install(&Snapshot { last, membership, reach }).await?;
        self.applied = self.applied.max(last);
        Ok(())
    }

    async fn get_current_snapshot(&mut self) -> io::Result<Option<SnapshotOf<Types<Rt>, Reach>>> {
        Ok(self.record.noted_snapshot()?.map(engine_snapshot::<Rt>))
    }
}

impl<Rt: AsyncRuntime> RaftSnapshotBuilder<Types<Rt>> for Builder<Rt> {
    type SnapshotData = Reach;

    async fn build_snapshot(&mut self) -> io::Result<SnapshotOf<Types<Rt>, Reach>> {
        self.record.keep_snapshot(&self.snapshot).await?;
        Ok(engine_snapshot::<Rt>(self.snapshot.clone()))
    }
}

/// A snapshot as the engine has it.
pub(crate) fn engine_snapshot<Rt: AsyncRuntime>(
    snapshot: Snapshot,
) -> SnapshotOf<Types<Rt>, Reach> {
    let Snapshot { last, membership, reach } = snapshot;
    let meta = SnapshotMetaOf::<Types<Rt>> { last_log_id: last, last_membership: membership };
    SnapshotOf::<Types<Rt>, Reach> { meta, snapshot: reach }
}
