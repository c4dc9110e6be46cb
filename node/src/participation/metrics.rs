// SPDX-License-Identifier: Apache-2.0
//! How all channels stand, in numbers.

use crate::operations::metrics::fabric::Participation;
use orderer::{Info, Relation, Status};

impl Participation {
    /// Shows these channels and no others.
    pub fn show<'a>(&self, channels: impl IntoIterator<Item = &'a Info>) {
        self.status.clear();
        self.relation.clear();
        for channel in channels {
            self.status.with(&[&channel.name]).set(status(channel.status));
            self.relation.with(&[&channel.name]).set(relation(channel.relation));
        }
    }
}

/// Fabric's numbers; 0 is `inactive`, which no channel is here.
const fn status(status: Status) -> u64 {
    match status {
        Status::Active => 1,
        Status::Onboarding => 2,
        Status::Failed => 3,
    }
}

/// Fabric's numbers; 3 is `config-tracker`, which went with the system channel.
const fn relation(relation: Relation) -> u64 {
    match relation {
        Relation::Other => 0,
        Relation::Consenter => 1,
        Relation::Follower => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::metrics::Registry;
    use std::sync::{Arc, Mutex};

    #[test]
    fn channels_are_shown_as_they_stand_when_they_are_read() {
        let registry = Registry::new();
        let participation = Participation::new(&registry);
        let info = |name: &str, status, relation| Info {
            name: name.to_owned(),
            height: 1,
            status,
            relation,
            why: None,
        };
        let channels = Arc::new(Mutex::new(vec![
            info("a", Status::Failed, Relation::Other),
            info("b", Status::Onboarding, Relation::Follower),
        ]));
        let shown = Arc::clone(&channels);
        registry.on_read(move || participation.show(shown.lock().unwrap().iter()));
        let text = registry.text();
        assert!(text.contains("participation_status{channel=\"a\"} 3\n"), "{text}");
        assert!(text.contains("participation_status{channel=\"b\"} 2\n"), "{text}");
        assert!(text.contains("participation_consensus_relation{channel=\"b\"} 2\n"), "{text}");
        *channels.lock().unwrap() = vec![info("b", Status::Active, Relation::Consenter)];
        let text = registry.text();
        assert!(text.contains("participation_status{channel=\"b\"} 1\n"), "{text}");
        assert!(text.contains("participation_consensus_relation{channel=\"b\"} 1\n"), "{text}");
        assert!(!text.contains("\"a\""), "{text}");
    }
}
