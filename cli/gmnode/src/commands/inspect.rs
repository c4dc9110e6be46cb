// SPDX-License-Identifier: Apache-2.0
//! `gmnode inspect`.

use crate::args::Inspect;
use crate::inspect;
use anyhow::Result;
use terminal::Outcome;

pub(crate) fn run(args: &Inspect) -> Result<Outcome> {
    if args.encode { inspect::encode(args) } else { inspect::show(args) }
}
