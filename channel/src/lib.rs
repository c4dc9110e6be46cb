// SPDX-License-Identifier: Apache-2.0
//! What the members of a channel agreed on: the configuration tree, its updates, the genesis block.
#![forbid(unsafe_code)]
