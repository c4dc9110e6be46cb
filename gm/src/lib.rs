// SPDX-License-Identifier: Apache-2.0
//! SM2, SM3 and SM4 (GB/T 32918, 32905, 32907), fast and written for constant time, for whoever wants to
//! link them: no dependency on the rest of this workspace, `no_std` with `alloc`.
//!
//! Three layers, each of which may use the ones below it only:
//!
//! - `low` is code for one kind of processor, and the portable code that it is held against. It is
//!   the only place with `unsafe`, and every function that needs an instruction takes a token that
//!   proves that this processor has it.
//! - `mid` is what is made of it: modes of operation, curve points, signatures.
//! - the public modules are the interface.
//!
//! Not here: encodings of keys, key stores, configuration (they are in `bccsp`).
#![cfg_attr(not(feature = "std"), no_std)]
#![deny(unsafe_code)]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

#[cfg(feature = "harness")]
pub mod harness;
mod low;
mod mid;
pub mod p256;
#[cfg(feature = "plant")]
pub mod plant;
#[cfg(not(feature = "plant"))]
#[allow(unreachable_pub)] // public with the feature
mod plant;
pub mod sm2;
pub mod sm3;
pub mod sm4;
#[cfg(all(feature = "valgrind", target_arch = "x86_64"))]
pub mod valgrind;
