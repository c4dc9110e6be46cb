// SPDX-License-Identifier: Apache-2.0
//! Finds a path: depth first over all issuers at hand, anchors first, every certificate judged as
//! soon as it joins the path, with a bound on all work.

use super::node::Node;
use super::{Budget, Failure, Options, Rule, VerifiedPath, Verifier, checks, others, revocation};
use crate::{Certificate, Time};
use sys::Timestamp;

/// Self-issued certificates do not count as depth, but cannot go on for ever either.
const ROLLOVERS: usize = 16;

pub(super) fn run(
    verifier: &Verifier,
    leaf: &Certificate,
    more: &[Certificate],
    options: &Options,
) -> Result<VerifiedPath, Failure> {
    let leaf = Node::new(leaf.clone());
    let more: Vec<Node> = more.iter().cloned().map(Node::new).collect();
    let mut search = Search {
        verifier,
        more: &more,
        options,
        time: time(&leaf, options),
        budget: Budget::new(),
        best: None,
    };
    let mut judged = checks::leaf(&leaf, options, search.time);
    if options.policy.row().usable_leaf_key {
        // Elsewhere the leaf may have a key of any kind: it is certified, not used.
        judged = judged.and_then(|()| usable(&leaf, verifier));
    }
    judged.map_err(|rule| Failure::new(0, leaf.certificate(), rule))?;
    let trusted = verifier.anchors.iter().any(|anchor| anchor.certificate() == leaf.certificate());
    if trusted {
        return Ok(VerifiedPath(vec![leaf.certificate().clone()]));
    }
    let mut path = vec![&leaf];
    match search.extend(&mut path) {
        Ok(Some(path)) => Ok(path),
        // Out of budget: that, and not the last small failure, is what happened.
        Err(Rule::Budget) => Err(Failure::new(0, leaf.certificate(), Rule::Budget)),
        Err(rule) => Err(Failure::new(0, leaf.certificate(), rule)),
        Ok(None) => Err(search.best.take().unwrap_or_else(|| unknown_issuer(&[&leaf]))),
    }
}

/// A key of one of the families, or of those others who come with algorithms of their own.
fn usable(leaf: &Node, verifier: &Verifier) -> Result<(), Rule> {
    match leaf.key(&verifier.providers) {
        Err(Rule::UnsupportedAlgorithm { .. }) if verifier.others.is_some() => Ok(()),
        key => key.map(|_| ()),
    }
}

/// The time at which everything must hold, by the policy.
fn time(leaf: &Node, options: &Options) -> Time {
    if !options.policy.row().at_start_of_leaf {
        return Time::new(options.time);
    }
    let Timestamp(start) = leaf.certificate().not_before().timestamp();
    Time::new(Timestamp(start.saturating_add(1))).min(leaf.certificate().not_after())
}

struct Search<'a> {
    verifier: &'a Verifier,
    more: &'a [Node],
    options: &'a Options,
    time: Time,
    budget: Budget,
    best: Option<Failure>,
}

impl<'a> Search<'a> {
    /// Tries every issuer of the last certificate of `path`. An error ends the whole search.
    fn extend(&mut self, path: &mut Vec<&'a Node>) -> Result<Option<VerifiedPath>, Rule> {
        let candidates = self.candidates(path);
        if candidates.is_empty() {
            self.note(unknown_issuer(path));
        }
        for (issuer, is_anchor) in candidates {
            self.budget.step()?;
            if let Err(failure) = self.judge(path, issuer, is_anchor) {
                if *failure.rule() == Rule::Budget {
                    return Err(Rule::Budget);
                }
                self.note(failure);
                continue;
            }
            path.push(issuer);
            let found = if is_anchor { self.finish(path)? } else { self.extend(path)? };
            path.pop();
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Certificates with the issuer's name: anchors before others, and those whose key identifier
    /// fits before those whose does not.
    fn candidates(&self, path: &[&'a Node]) -> Vec<(&'a Node, bool)> {
        let Some(last) = path.last().copied() else {
            return Vec::new();
        };
        let issuer = last.certificate().issuer();
        let pool = self.verifier.intermediates.iter().chain(self.more);
        let others = pool.filter(|node| path.iter().all(|seen| !seen.is_same_entity(node)));
        let anchors = self.verifier.anchors.iter().map(|node| (node, true));
        let mut all: Vec<(&Node, bool)> = anchors
            .chain(others.map(|node| (node, false)))
            .filter(|(node, _)| node.certificate().subject() == issuer)
            .collect();
        all.sort_by_key(|(node, is_anchor)| (!is_anchor, last.points_elsewhere(node)));
        all
    }

    /// Whether `issuer` may stand behind `path`. The signature comes first: only a certificate
    /// that really is the issuer's is worth a complaint about its rules.
    fn judge(
        &mut self,
        path: &[&'a Node],
        issuer: &'a Node,
        is_anchor: bool,
    ) -> Result<(), Failure> {
        let below = path.len().saturating_sub(1);
        let Some(last) = path.last().copied() else {
            return Ok(());
        };
        self.check_signature(last, issuer).map_err(|(above, rule)| {
            let node = if above { issuer } else { last };
            Failure::new(below.saturating_add(usize::from(above)), node.certificate(), rule)
        })?;
        let at_issuer = |rule| Failure::new(path.len(), issuer.certificate(), rule);
        checks::issuer(issuer, path, is_anchor, self.options, self.time).map_err(at_issuer)?;
        if !is_anchor {
            self.check_depth(path, issuer).map_err(at_issuer)?;
        }
        self.check_names(path, issuer)?;
        self.check_revocation(last, issuer, below == 0)
            .map_err(|rule| Failure::new(below, last.certificate(), rule))
    }

    fn check_revocation(&mut self, last: &Node, issuer: &Node, is_leaf: bool) -> Result<(), Rule> {
        let wanted = match self.options.crls {
            super::CrlCheck::None => false,
            super::CrlCheck::Leaf => is_leaf,
            super::CrlCheck::All => true,
        };
        if !wanted {
            return Ok(());
        }
        let Self { verifier, options, time, .. } = *self;
        let asked = revocation::Asked { verifier, options, time };
        revocation::check(&asked, last, issuer, &mut self.budget)
    }

    /// The rule, and whether it is the issuer that breaks it.
    fn check_signature(&mut self, last: &Node, issuer: &Node) -> Result<(), (bool, Rule)> {
        let unsupported = match self.check_own_signature(last, issuer) {
            Err(unsupported @ (_, Rule::UnsupportedAlgorithm { .. })) => unsupported,
            verdict => return verdict,
        };
        let Some(others) = &self.verifier.others else {
            return Err(unsupported);
        };
        self.budget.verify().map_err(|rule| (false, rule))?;
        let (above, rule) = unsupported;
        let verdict = others::verify(&**others, last.certificate(), issuer.certificate(), rule);
        verdict.map_err(|rule| (above && !matches!(rule, Rule::Signature { .. }), rule))
    }

    fn check_own_signature(&mut self, last: &Node, issuer: &Node) -> Result<(), (bool, Rule)> {
        let key = issuer.key(&self.verifier.providers).map_err(|rule| (true, rule))?;
        let verdict = last.is_signed_by(key.as_ref(), || self.budget.verify());
        verdict.map_err(|rule| match rule {
            Rule::Malformed(_) => {
                (false, Rule::Signature { issuer: issuer.certificate().subject().clone() })
            }
            other => (false, other),
        })
    }

    fn check_depth(&self, path: &[&Node], issuer: &Node) -> Result<(), Rule> {
        let allowed = self.options.max_depth;
        let counted = path.iter().skip(1).copied().chain([issuer]);
        let depth = counted.filter(|node| !node.certificate().is_self_issued()).count();
        if depth > allowed || path.len() > allowed.saturating_add(ROLLOVERS) {
            return Err(Rule::TooDeep { allowed });
        }
        Ok(())
    }

    /// Everything below stands under the issuer's name constraints; self-issued certificates are
    /// exempt unless they are the leaf (RFC 5280 section 6.1.3 (b)).
    fn check_names(&mut self, path: &[&'a Node], issuer: &Node) -> Result<(), Failure> {
        let Some(constraints) = issuer.facts().ok().and_then(|facts| facts.constraints.as_ref())
        else {
            return Ok(());
        };
        let manner = checks::manner(self.options);
        let by = issuer.certificate().subject();
        for (at, node) in path.iter().enumerate() {
            if at > 0 && node.certificate().is_self_issued() {
                continue;
            }
            super::name_constraints::check(constraints, node, manner, by, &mut self.budget)
                .map_err(|rule| Failure::new(at, node.certificate(), rule))?;
        }
        Ok(())
    }

    /// What can be judged of a whole path only.
    fn finish(&mut self, path: &[&'a Node]) -> Result<Option<VerifiedPath>, Rule> {
        match super::policies::check(path, self.options, &mut self.budget) {
            Ok(()) => {
                let certificates = path.iter().map(|node| node.certificate().clone());
                Ok(Some(VerifiedPath(certificates.collect())))
            }
            Err((_, Rule::Budget)) => Err(Rule::Budget),
            Err((at, rule)) => {
                if let Some(node) = path.get(at) {
                    self.note(Failure::new(at, node.certificate(), rule));
                }
                Ok(None)
            }
        }
    }

    fn note(&mut self, failure: Failure) {
        if self.best.as_ref().is_none_or(|best| best.rank() < failure.rank()) {
            self.best = Some(failure);
        }
    }
}

fn unknown_issuer(path: &[&Node]) -> Failure {
    let at = path.len().saturating_sub(1);
    let last = path.last().unwrap_or_else(|| unreachable!("a path begins with its leaf"));
    let issuer = last.certificate().issuer().clone();
    Failure::new(at, last.certificate(), Rule::IssuerUnknown { issuer })
}
