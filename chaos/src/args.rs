// SPDX-License-Identifier: Apache-2.0
//! What was typed.

use crate::plants::Plant;
use crate::scenario::Scenario;
use anyhow::{Context as _, Result, bail};
use std::path::PathBuf;
use std::time::Duration;

pub(crate) const USAGE: &str = "\
chaos [OPTIONS]            real processes under load: what was acknowledged stays, and no two ledgers differ
  --scenario NAME          kills (default), power, away, partition, or all
  --suite nist|gm|both     the family (nist)
  --seed N                 what goes wrong, and when (1)
  --seconds N              how long kills and partitions go on (300)
  --longest N              seconds of one partition, at most (12)
  --cuts N                 power cuts (10)
  --blocks N               blocks that a peer misses (5000)
  --dir DIR                where the networks are made (a temporary folder, which stays when something is wrong)
  --plant NAME             puts a mistake into what was seen: exit 1 when its rule finds it, 2 when not
  --list-plants            every mistake, and the rule that finds it
Exit status: 0 nothing is wrong, 1 something is, 2 it could not run.
GMNODE and ASSET name the programs, if not those that were built beside this one.";

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Args {
    pub(crate) scenarios: Vec<Scenario>,
    pub(crate) suites: Vec<String>,
    pub(crate) seed: u64,
    pub(crate) length: Duration,
    pub(crate) longest: Duration,
    pub(crate) cuts: usize,
    pub(crate) blocks: u64,
    pub(crate) dir: Option<PathBuf>,
    pub(crate) plant: Option<Plant>,
    pub(crate) list: bool,
    pub(crate) help: bool,
}

/// Reads the words after the program's name.
pub(crate) fn read(words: &[String]) -> Result<Args> {
    let mut args = Args {
        scenarios: vec![Scenario::Kills],
        suites: vec!["nist".to_owned()],
        seed: 1,
        length: Duration::from_secs(300),
        longest: Duration::from_secs(12),
        cuts: 10,
        blocks: 5000,
        dir: None,
        plant: None,
        list: false,
        help: false,
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} wants a value\n{USAGE}"));
        let number = |text: &String| {
            text.parse::<u64>().with_context(|| format!("{word} wants a number, not {text}"))
        };
        match word.as_str() {
            "--scenario" => args.scenarios = scenarios(value()?)?,
            "--suite" => args.suites = suites(value()?)?,
            "--seed" => args.seed = number(value()?)?,
            "--seconds" => args.length = Duration::from_secs(number(value()?)?),
            "--longest" => args.longest = Duration::from_secs(number(value()?)?),
            "--cuts" => args.cuts = usize::try_from(number(value()?)?)?,
            "--blocks" => args.blocks = number(value()?)?,
            "--dir" => args.dir = Some(std::path::absolute(value()?)?),
            "--plant" => args.plant = Some(plant(value()?)?),
            "--list-plants" => args.list = true,
            "-h" | "--help" | "help" => args.help = true,
            other => bail!("{other} is not known\n{USAGE}"),
        }
    }
    Ok(args)
}

fn scenarios(name: &str) -> Result<Vec<Scenario>> {
    if name == "all" {
        return Ok(Scenario::ALL.to_vec());
    }
    let found = Scenario::named(name);
    let names = Scenario::ALL.map(Scenario::name).join(", ");
    Ok(vec![found.with_context(|| format!("no scenario is called {name}: {names}, all"))?])
}

fn suites(name: &str) -> Result<Vec<String>> {
    match name {
        "nist" | "gm" => Ok(vec![name.to_owned()]),
        "both" => Ok(vec!["nist".to_owned(), "gm".to_owned()]),
        _ => bail!("--suite is nist, gm or both"),
    }
}

fn plant(name: &str) -> Result<Plant> {
    Plant::named(name).with_context(|| format!("no plant is called {name}; see --list-plants"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Args> {
        read(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn what_is_typed_is_understood() {
        let args = of("--scenario all --suite both --seconds 20 --seed 9 --plant twice").unwrap();
        assert_eq!(args.scenarios.len(), 4);
        assert_eq!(args.suites, ["nist", "gm"]);
        assert_eq!((args.length.as_secs(), args.seed), (20, 9));
        assert_eq!(args.plant, Some(Plant::Twice));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for text in ["--scenario x", "--suite x", "--seed x", "--seed", "--plant x", "x"] {
            assert!(of(text).is_err(), "{text}");
        }
    }
}
