// SPDX-License-Identifier: Apache-2.0
//! What a block is: header bytes, hashes, links, signatures to check, metadata, transactions.
#![forbid(unsafe_code)]
