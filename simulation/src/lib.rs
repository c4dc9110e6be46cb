// SPDX-License-Identifier: Apache-2.0
//! A whole ordering service in one thread, from a seed: the real code on a clock, a network and disks
//! that can fail.
#![forbid(unsafe_code)]
