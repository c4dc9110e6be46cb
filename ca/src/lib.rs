// SPDX-License-Identifier: Apache-2.0
//! Under construction.
#![forbid(unsafe_code)]
