// SPDX-License-Identifier: Apache-2.0
//! The path builder on graphs of certificates of any shape. Eight bytes are a certificate, signed
//! with one of four keys, so that signatures stop nothing.
#![no_main]

#[path = "../../pki/tests/common/graph.rs"]
mod graph;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| graph::check(bytes));
