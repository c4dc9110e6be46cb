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
    held: Held<Rt>,
    /// The last entry that the engine had applied, or installed a snapshot for.
    applied: Option<LogId>,
    /// The membership at that entry.
    membership: Stored,
}

/// Notes a snapshot as it was when this was made.
pub(crate) struct Builder<Rt: AsyncRuntime> {
    record: Arc<Record<Rt>>,
    snapshot: Snapshot,
    _held: Held<Rt>,
}

impl<Rt: AsyncRuntime> Machine<Rt> {
    /// It begins at the last snapshot, and the engine goes through its log from there. The chain may
    /// be far ahead: blocks of a snapshot are pulled before it is installed, and a follower seals
    /// what others have on disk, which its own log may lose. But blocks do not say who votes, so
    /// only the log can: what the chain has of it is passed over.
    pub(crate) fn new(record: Arc<Record<Rt>>, held: Held<Rt>) -> io::Result<Self> {
        let Snapshot { last, membership, .. } = record.noted_snapshot()?.unwrap_or_default();
        Ok(Self { record, held, applied: last, membership })
    }

    async fn apply_one(&mut self, entry: Entry) -> io::Result<Outcome> {
        let id = entry.log_id;
        match entry.payload {
            EntryPayload::Normal(proposal) => return self.record.seal(id, &proposal).await,
            EntryPayload::Membership(membership) => {
                self.membership = Stored::new(Some(id), membership);
                self.record.enroll(self.membership.clone()).await?;
            }
            EntryPayload::Blank => {}
        }
        self.record.pass(id).await;
        Ok(Outcome::Nothing)
    }

    fn builder(&self, reach: Reach) -> Builder<Rt> {
        let snapshot = Snapshot { last: self.applied, membership: self.membership.clone(), reach };
        Builder { record: self.record.clone(), snapshot, _held: self.held.clone() }
    }
}

impl<Rt: AsyncRuntime> RaftStateMachine<Types<Rt>> for Machine<Rt> {
    type SnapshotData = Reach;
    type SnapshotBuilder = Builder<Rt>;

    async fn applied_state(&mut self) -> io::Result<(Option<LogId>, Stored)> {
        Ok((self.applied, self.membership.clone()))
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

    /// Not while the chain is ahead of what the engine applied: a snapshot of now would leave out
    /// a membership that is between. The engine never forces one.
    async fn try_create_snapshot_builder(&mut self, _: bool) -> Option<Self::SnapshotBuilder> {
        let (last, reach) = self.record.reach().await;
        (last <= self.applied).then(|| self.builder(reach))
    }

    async fn get_snapshot_builder(&mut self) -> Self::SnapshotBuilder {
        self.builder(self.record.reach().await.1)
    }

    async fn install_snapshot(
        &mut self,
        meta: &SnapshotMetaOf<Types<Rt>>,
        reach: Reach,
    ) -> io::Result<()> {
        let (last, membership) = (meta.last_log_id, meta.last_membership.clone());
        let snapshot = Snapshot { last, membership, reach };
        self.record.install(&snapshot).await?;
        if self.applied < last {
            (self.applied, self.membership) = (last, snapshot.membership);
        }
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
