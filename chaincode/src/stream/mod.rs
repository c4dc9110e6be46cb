// SPDX-License-Identifier: Apache-2.0
//! The chaincode stream: what is said on it (`machine`), and the tasks that say it (`session`).

mod machine;
mod session;

pub(crate) use session::{End, Process, run};
