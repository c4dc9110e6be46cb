// SPDX-License-Identifier: Apache-2.0
//! Random cases through this crate and through others, at every level of this processor, and mistakes
//! that they must find: `cargo run --release -p xtask -- gm-differential` (`gm/docs/testing.md`).
//!
//! Exit status: 0 no difference, 1 a difference, 2 not a command.
#![forbid(unsafe_code)]

mod checks;
#[cfg(feature = "plant")]
mod plants;
mod run;

use gmca_gm::harness::LEVELS;
use std::process::ExitCode;

const USAGE: &str = "\
differential --cases N [--seed S] [--threads T] [--only NAME] [--level NAME]
                                                                N cases of every check, or of one
differential --only NAME --case I [--seed S]                    one case again
differential --plants [--cases N] [--seed S]                    planted mistakes, which must be found
                                                                (feature plant)
differential --list                                             the checks and the levels";

/// What was asked for.
#[derive(Default)]
pub(crate) struct Options {
    cases: u64,
    seed: u64,
    threads: Option<usize>,
    only: Option<String>,
    level: Option<String>,
    case: Option<u64>,
    list: bool,
    plants: bool,
}

impl Options {
    fn read(mut words: impl Iterator<Item = String>) -> Option<Self> {
        let mut options = Self::default();
        while let Some(word) = words.next() {
            let mut number = || words.next()?.replace('_', "").parse().ok();
            match word.as_str() {
                "--cases" => options.cases = number()?,
                "--seed" => options.seed = number()?,
                "--threads" => options.threads = Some(usize::try_from(number()?).ok()?),
                "--case" => options.case = Some(number()?),
                "--only" => options.only = Some(words.next()?),
                "--level" => options.level = Some(words.next()?),
                "--list" => options.list = true,
                "--plants" => options.plants = true,
                _ => return None,
            }
        }
        let something =
            options.cases > 0 || options.case.is_some() || options.list || options.plants;
        let one = options.case.is_none() || options.only.is_some();
        let known = |name: &String| checks::ALL.iter().any(|check| check.name == name);
        let here = |name: &String| LEVELS.iter().any(|at| at.name() == name && at.is_here());
        let level = options.level.iter().all(here);
        (something && one && level && options.only.iter().all(known)).then_some(options)
    }
}

fn main() -> ExitCode {
    let Some(options) = Options::read(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    if options.list {
        run::list();
        return ExitCode::SUCCESS;
    }
    if let Some(level) = &options.level {
        checks::ONLY.get_or_init(|| level.clone());
    }
    let green = if options.plants { plants(&options) } else { run::all(&options) };
    ExitCode::from(u8::from(!green))
}

#[cfg(feature = "plant")]
fn plants(options: &Options) -> bool {
    plants::all(options)
}

#[cfg(not(feature = "plant"))]
fn plants(_: &Options) -> bool {
    eprintln!("nothing can be planted here: build with `--features plant`");
    false
}
