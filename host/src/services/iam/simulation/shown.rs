//! How the answers of simulations are shown.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::authorize::{Decision, Kind, Position, Simulated, Source, statements};

use super::worst;

/// What a policy of a simulation is called.
#[derive(Clone)]
pub(super) struct Named {
    pub(super) kind: Kind,
    pub(super) name: String,
}

/// `EvaluationResult` of answers.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct ShownResult {
    eval_action_name: String,
    eval_resource_name: Option<String>,
    eval_decision: &'static str,
    matched_statements: Vec<ShownStatement>,
    missing_context_values: Vec<String>,
    permissions_boundary_decision_detail: Option<BoundaryDetail>,
    eval_decision_details: Option<BTreeMap<&'static str, &'static str>>,
    resource_specific_results: Option<Vec<ResourceResult>>,
}

/// `ResourceSpecificResult` of answers.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ResourceResult {
    eval_resource_name: String,
    eval_resource_decision: &'static str,
    matched_statements: Vec<ShownStatement>,
    missing_context_values: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    eval_decision_details: BTreeMap<&'static str, &'static str>,
    permissions_boundary_decision_detail: Option<BoundaryDetail>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShownStatement {
    source_policy_id: String,
    source_policy_type: &'static str,
    start_position: Option<ShownPosition>,
    end_position: Option<ShownPosition>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShownPosition {
    line: usize,
    column: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct BoundaryDetail {
    allowed_by_permissions_boundary: bool,
}

impl ShownResult {
    /// The answers for all resources of one action. With several of them AWS shows, for some
    /// actions, of what form their resources are; that is left out here.
    pub(super) fn of(
        action: &str,
        found: &[(&str, Simulated)],
        is_specific: bool,
        names: &[Named],
        sources: &[Source<'_>],
    ) -> Self {
        let all = || found.iter().map(|(_, one)| one);
        let matched: BTreeSet<_> = all().flat_map(|one| one.matched.iter().copied()).collect();
        let missing: BTreeSet<_> = all().flat_map(|one| one.missing.iter().cloned()).collect();
        let boundary = all().filter_map(|one| one.boundary).max();
        let details = all().flat_map(|one| one.details.iter().copied()).fold(
            BTreeMap::<_, Decision>::new(),
            |mut worst, (kind, said)| {
                let known = worst.entry(words(kind)).or_insert(said);
                *known = said.max(*known);
                worst
            },
        );
        let show = |(resource, one): &(&str, Simulated)| ResourceResult {
            eval_resource_name: (*resource).to_owned(),
            eval_resource_decision: one.decision.as_str(),
            matched_statements: shown(&one.matched, names, sources),
            missing_context_values: one.missing.iter().cloned().collect(),
            eval_decision_details: one
                .details
                .iter()
                .map(|(kind, said)| (words(*kind), said.as_str()))
                .collect(),
            permissions_boundary_decision_detail: one.boundary.map(BoundaryDetail::of),
        };
        Self {
            eval_action_name: action.to_owned(),
            eval_resource_name: match found {
                [(resource, _)] => Some((*resource).to_owned()),
                _ => None,
            },
            eval_decision: worst(all()).as_str(),
            matched_statements: shown(&matched.into_iter().collect::<Vec<_>>(), names, sources),
            missing_context_values: missing.into_iter().collect(),
            permissions_boundary_decision_detail: boundary.map(BoundaryDetail::of),
            eval_decision_details: is_specific
                .then(|| details.into_iter().map(|(kind, said)| (kind, said.as_str())).collect()),
            resource_specific_results: is_specific.then(|| found.iter().map(show).collect()),
        }
    }
}

impl BoundaryDetail {
    fn of(said: Decision) -> Self {
        Self { allowed_by_permissions_boundary: said == Decision::Allowed }
    }
}

impl ShownPosition {
    fn of(position: Position) -> Self {
        Self { line: position.line, column: position.column }
    }
}

fn shown(
    matched: &[(usize, usize)],
    names: &[Named],
    sources: &[Source<'_>],
) -> Vec<ShownStatement> {
    let show = |(source, statement): &(usize, usize)| {
        let (named, text) = (names.get(*source)?, sources.get(*source)?.text);
        let place = statements(text).get(*statement).copied();
        Some(ShownStatement {
            source_policy_id: named.name.clone(),
            source_policy_type: words(named.kind),
            start_position: place.map(|(start, _)| ShownPosition::of(start)),
            end_position: place.map(|(_, end)| ShownPosition::of(end)),
        })
    };
    matched.iter().filter_map(show).collect()
}

/// AWS's names for where policies stand, which are not those of its model.
fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::Identity => "IAM Policy",
        Kind::Resource => "Resource Policy",
        Kind::Boundary | Kind::Session => "Permissions Boundary Policy",
    }
}
