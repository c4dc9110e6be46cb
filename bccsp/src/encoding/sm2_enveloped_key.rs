// SPDX-License-Identifier: Apache-2.0
//! Follows in the next commit.
