// SPDX-License-Identifier: Apache-2.0
//! Definitions of chaincodes as they were last read: each is read several times for every proposal, and
//! changes seldom.

use crate::lifecycle::Definition;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Definitions by the name of the chaincode. What is not defined is not remembered: anybody may ask for
/// any name.
#[derive(Debug, Default)]
pub(crate) struct Definitions {
    known: BTreeMap<String, Arc<Definition>>,
    /// How often they were forgotten.
    generation: u64,
}

impl Definitions {
    pub(crate) fn get(&self, chaincode: &str) -> Option<Arc<Definition>> {
        self.known.get(chaincode).cloned()
    }

    /// To be asked before the state is read.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Keeps what was read, unless a block has changed some definition meanwhile.
    pub(crate) fn keep(&mut self, generation: u64, chaincode: &str, found: &Arc<Definition>) {
        if generation == self.generation {
            self.known.insert(chaincode.to_owned(), Arc::clone(found));
        }
    }

    /// A block has changed some.
    pub(crate) fn forget(&mut self) {
        self.known.clear();
        self.generation = self.generation.wrapping_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_a_change_is_not_kept() {
        let (mut definitions, old) = (Definitions::default(), Arc::new(Definition::default()));
        let generation = definitions.generation();
        definitions.keep(generation, "basic", &old);
        assert!(definitions.get("basic").is_some());
        definitions.forget();
        assert!(definitions.get("basic").is_none());
        definitions.keep(generation, "basic", &old);
        assert!(definitions.get("basic").is_none(), "it is of the state before");
        definitions.keep(definitions.generation(), "basic", &old);
        assert!(definitions.get("basic").is_some());
    }
}
