//! `Mailbox/query` (RFC 8621 §2.3).

use std::{cmp::Ordering, collections::BTreeSet};

use sceau_api::{
    MailboxId, MethodErrorType,
    mailbox::{Mailbox, MailboxCondition, MailboxQuery},
    method::{Comparator, Filter, QueryChangesRequest},
    push::ObjectType,
};

use super::get;
use crate::{
    jmap::{
        Call, Outcome, Refusal, error,
        query::{answer_with, joined},
        query_changes::answer_changes,
        row_id,
    },
    limits,
    store::change::Delta,
};

/// `Mailbox/query`.
pub(crate) fn query(call: &Call<'_>) -> Outcome {
    let request: MailboxQuery = call.arguments()?;
    let sort = request.sort.as_deref().unwrap_or_default();
    check_sort(sort)?;
    let as_tree = Tree::of(request.sort_as_tree, request.filter_as_tree);
    call.read(|tx| {
        let all = get::all(tx, call.account())?;
        let ids = found(&all, request.filter.as_ref(), sort, as_tree)?;
        answer_with(tx, call, &ObjectType::Mailbox, ids, &request)
    })
}

/// `Mailbox/queryChanges` (RFC 8621 §2.4).
pub(crate) fn query_changes(call: &Call<'_>) -> Outcome {
    let request: QueryChangesRequest<MailboxCondition> = call.arguments()?;
    let sort = request.sort.as_deref().unwrap_or_default();
    check_sort(sort)?;
    let as_tree = Tree::of(request.sort_as_tree, request.filter_as_tree);
    call.read(|tx| {
        let all = get::all(tx, call.account())?;
        let moved = |delta: &Delta| {
            Ok(match as_tree {
                Tree { sort: false, filter: false } => delta.updated(),
                // What is below another moves with it.
                _ => all.iter().filter_map(|mailbox| row_id('m', mailbox.id.as_str())).collect(),
            })
        };
        let results = || found(&all, request.filter.as_ref(), sort, as_tree).map(Some);
        answer_changes(tx, call, &ObjectType::Mailbox, &request, moved, results)
    })
}

/// Whether parents count.
#[derive(Debug, Clone, Copy)]
struct Tree {
    sort: bool,
    filter: bool,
}

impl Tree {
    /// As a request says; not, where it says nothing.
    fn of(sort: Option<bool>, filter: Option<bool>) -> Self {
        Self { sort: sort == Some(true), filter: filter == Some(true) }
    }
}

/// Those of all Mailboxes that a filter wants, in their order.
fn found(
    all: &[Mailbox],
    filter: Option<&Filter<MailboxCondition>>,
    sort: &[Comparator],
    tree: Tree,
) -> Result<Vec<String>, Refusal> {
    let mut matching: BTreeSet<MailboxId> = BTreeSet::new();
    for mailbox in all {
        let matches = match filter {
            Some(filter) => matches(filter, mailbox, 0)?,
            None => true,
        };
        if matches {
            matching.insert(mailbox.id.clone());
        }
    }
    if tree.filter {
        keep_whole_branches(all, &mut matching);
    }
    let mut sorted: Vec<&Mailbox> = all.iter().collect();
    sorted.sort_by(|a, b| compare(a, b, sort));
    if tree.sort {
        sorted = as_tree(&sorted, None, 0);
    }
    let wanted = sorted.into_iter().filter(|mailbox| matching.contains(&mailbox.id));
    Ok(wanted.map(|mailbox| mailbox.id.0.clone()).collect())
}

fn check_sort(sort: &[Comparator]) -> Result<(), Refusal> {
    let known =
        |key: &Comparator| key.collation.is_none() && matches!(key.property.as_str(), "sortOrder" | "name");
    if sort.iter().all(known) { Ok(()) } else { Err(error(MethodErrorType::UnsupportedSort)) }
}

fn matches(filter: &Filter<MailboxCondition>, mailbox: &Mailbox, depth: usize) -> Result<bool, Refusal> {
    if depth > limits::FILTER_DEPTH {
        return Err(error(MethodErrorType::UnsupportedFilter));
    }
    let (operator, conditions) = match filter {
        Filter::Condition(condition) => return condition_holds(condition, mailbox),
        Filter::Operator { operator, conditions } => (operator, conditions),
    };
    let mut held = Vec::new();
    for condition in conditions {
        held.push(matches(condition, mailbox, depth + 1)?);
    }
    joined(operator, &held)
}

fn condition_holds(condition: &MailboxCondition, mailbox: &Mailbox) -> Result<bool, Refusal> {
    if !condition.more.is_empty() {
        return Err(error(MethodErrorType::UnsupportedFilter));
    }
    let name = condition.name.as_ref().map(|name| name.to_lowercase());
    Ok(condition.parent_id.as_ref().is_none_or(|parent| *parent == mailbox.parent_id)
        && condition.role.as_ref().is_none_or(|role| *role == mailbox.role)
        && condition.has_any_role.is_none_or(|wanted| wanted == mailbox.role.is_some())
        && condition.is_subscribed.is_none_or(|wanted| wanted == mailbox.is_subscribed)
        && name.is_none_or(|name| mailbox.name.to_lowercase().contains(&name)))
}

/// `filterAsTree`: a child whose parent is left out is left out.
fn keep_whole_branches(all: &[Mailbox], matching: &mut BTreeSet<MailboxId>) {
    loop {
        let orphan = all.iter().find(|mailbox| {
            matching.contains(&mailbox.id)
                && mailbox.parent_id.as_ref().is_some_and(|parent| !matching.contains(parent))
        });
        let Some(orphan) = orphan else { return };
        matching.remove(&orphan.id);
    }
}

/// `sortAsTree`: each parent, then its children.
fn as_tree<'a>(sorted: &[&'a Mailbox], parent: Option<&MailboxId>, depth: u64) -> Vec<&'a Mailbox> {
    let mut list = Vec::new();
    if depth > limits::MAILBOX_DEPTH {
        return list;
    }
    for mailbox in sorted.iter().filter(|mailbox| mailbox.parent_id.as_ref() == parent) {
        list.push(*mailbox);
        list.extend(as_tree(sorted, Some(&mailbox.id), depth + 1));
    }
    list
}

fn compare(a: &Mailbox, b: &Mailbox, sort: &[Comparator]) -> Ordering {
    let mut order = Ordering::Equal;
    for key in sort {
        let one = match key.property.as_str() {
            "name" => a.name.to_lowercase().cmp(&b.name.to_lowercase()),
            _ => a.sort_order.cmp(&b.sort_order),
        };
        order = order.then(if key.is_ascending { one } else { one.reverse() });
    }
    order.then_with(|| (a.sort_order, &a.name, &a.id).cmp(&(b.sort_order, &b.name, &b.id)))
}
