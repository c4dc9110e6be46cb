// SPDX-License-Identifier: Apache-2.0
//! A value that others look at and wait for.

use super::inner::lock;
use super::types::Types;
use openraft::async_runtime::WatchSender as _;
use openraft::type_config::TypeConfigExt as _;
use openraft::type_config::alias::{WatchReceiverOf, WatchSenderOf};
use openraft::{AsyncRuntime, OptionalSend, OptionalSync};
use std::sync::{Arc, Mutex};

/// A value that is set here and there and looked at everywhere. Clones are the same one.
pub(crate) struct Told<Rt: AsyncRuntime, T: OptionalSend + OptionalSync>(
    Arc<Mutex<WatchSenderOf<Types<Rt>, T>>>,
);

impl<Rt: AsyncRuntime, T: OptionalSend + OptionalSync> Clone for Told<Rt, T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<Rt: AsyncRuntime, T: OptionalSend + OptionalSync + Clone + PartialEq> Told<Rt, T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Arc::new(Mutex::new(Types::<Rt>::watch_channel(value).0)))
    }

    pub(crate) fn get(&self) -> T {
        lock(&self.0).borrow_watched().clone()
    }

    /// Sets it, and wakes who waits if that is another value.
    pub(crate) fn set(&self, value: T) {
        lock(&self.0).send_if_different(value);
    }

    pub(crate) fn subscribe(&self) -> WatchReceiverOf<Types<Rt>, T> {
        lock(&self.0).subscribe()
    }
}
