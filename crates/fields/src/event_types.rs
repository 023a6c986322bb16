//! Which events a condition can be true for, by the names of event types in it.
//!
//! The reference's own algebra is followed exactly, also where it is coarser than it could be, because it decides which
//! warnings a rule gets and which rules see which events.

use std::sync::LazyLock;

use windhover_event::{EventSet, EventType, Syscall, SyscallSet};
use windhover_filter::{Ast, Check, Node, Op, Operand, Term, TermKind};

/// The events that a condition can be true for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventTypes {
    /// By event type: what rules are found by.
    pub types: EventSet,
    /// By system call: what has to be collected.
    pub syscalls: SyscallSet,
}

impl EventTypes {
    /// A rule with more event types than this is warned about.
    pub const MANY: usize = 100;

    /// Whether the condition names so few events that the rule costs little.
    pub fn is_narrow(&self) -> bool {
        self.types.len() <= Self::MANY
    }

    fn all() -> Self {
        static ALL: LazyLock<EventTypes> = LazyLock::new(|| EventTypes {
            types: EventType::all().collect(),
            syscalls: Syscall::all().filter(|call| call.code() != 0).collect(),
        });
        ALL.clone()
    }

    fn none() -> Self {
        Self { types: EventSet::EMPTY, syscalls: SyscallSet::EMPTY }
    }

    fn and(self, other: Self) -> Self {
        Self { types: self.types & other.types, syscalls: self.syscalls & other.syscalls }
    }

    fn or(self, other: Self) -> Self {
        Self { types: self.types | other.types, syscalls: self.syscalls | other.syscalls }
    }

    fn inverted(self) -> Self {
        let all = Self::all();
        Self { types: all.types - self.types, syscalls: all.syscalls - self.syscalls }
    }
}

/// The events that a condition can be true for. Macros must have been put in place: one that has not could be true for
/// any.
///
/// # Errors
/// [`EventTypesError`] where an event's type is tested in a way that cannot be followed.
pub fn event_types(condition: &Ast) -> Result<EventTypes, EventTypesError> {
    of_node(condition, false)
}

fn of_node(ast: &Ast, negated: bool) -> Result<EventTypes, EventTypesError> {
    let fold = |children: &[Ast], intersect: bool| {
        let start = if intersect { EventTypes::all() } else { EventTypes::none() };
        children.iter().try_fold(start, |found, child| {
            let child = of_node(child, negated)?;
            Ok(if intersect { found.and(child) } else { found.or(child) })
        })
    };
    match &ast.node {
        Node::And(children) => fold(children, !negated),
        Node::Or(children) => fold(children, negated),
        Node::Not(child) => of_node(child, !negated),
        Node::Macro(reference) => match &reference.body {
            Some(body) => of_node(&body.ast, negated),
            None => Ok(EventTypes::all()),
        },
        Node::Check(check) => of_check(check, negated),
    }
}

fn of_check(check: &Check, negated: bool) -> Result<EventTypes, EventTypesError> {
    refuse_hidden_types(check)?;
    match field_name(&check.lhs) {
        Some("evt.type" | "syscall.type") => of_type_check(check, negated),
        Some("evt.num") => Ok(of_number_check(check, negated)),
        _ => Ok(EventTypes::all()),
    }
}

fn of_type_check(check: &Check, negated: bool) -> Result<EventTypes, EventTypesError> {
    let named = match (check.op, &check.rhs) {
        (Op::Exists, _) => EventTypes::all(),
        (_, Operand::Term(_)) => return Err(EventTypesError::Field),
        (Op::Eq | Op::EqEq | Op::In | Op::Ne, rhs) => {
            literals(rhs).map(|name| named(&name)).fold(EventTypes::none(), EventTypes::or)
        }
        _ => return Ok(EventTypes::all()),
    };
    Ok(if negated != (check.op == Op::Ne) { named.inverted() } else { named })
}

/// Event types and system calls of a name.
fn named(name: &str) -> EventTypes {
    let types = EventSet::named(name);
    EventTypes {
        syscalls: Syscall::by_name(name).map_or_else(|| types.syscalls(), |call| SyscallSet::of(&[call])),
        types,
    }
}

/// Events are numbered from 1, so that some comparisons of the number are never true, and some always.
fn of_number_check(check: &Check, negated: bool) -> EventTypes {
    let numbers: Option<Vec<i64>> = literals(&check.rhs).map(|text| text.parse().ok()).collect();
    let Some(numbers) = numbers.filter(|numbers| !numbers.is_empty()) else { return EventTypes::all() };
    let verdict = match (check.op, numbers[0]) {
        (Op::Eq | Op::EqEq | Op::In, _) if numbers.iter().all(|number| *number == 0) => Some(false),
        (Op::Lt, ..=1) | (Op::Le, ..=0) => Some(false),
        (Op::Ne, 0) | (Op::Gt, ..=0) | (Op::Ge, ..=1) => Some(true),
        _ => None,
    };
    match verdict {
        Some(verdict) if verdict == negated => EventTypes::none(),
        _ => EventTypes::all(),
    }
}

fn literals(rhs: &Operand) -> impl Iterator<Item = String> {
    let literals = match rhs {
        Operand::Literal(literal) => std::slice::from_ref(literal),
        Operand::List { items, .. } => items,
        Operand::None | Operand::Term(_) => &[],
    };
    literals.iter().map(|literal| literal.to_text())
}

fn field_name(term: &Term) -> Option<&str> {
    match &term.kind {
        TermKind::Field { name, arg: None } => Some(name),
        _ => None,
    }
}

/// A type inside a transformer, or on the right-hand side, cannot be followed.
fn refuse_hidden_types(check: &Check) -> Result<(), EventTypesError> {
    let mut found = None;
    let mut inside = |term: &Term, outer: bool, error: EventTypesError| {
        term.walk(&mut |inner| {
            if (!outer || !std::ptr::eq(inner, term)) && matches!(field_name(inner), Some("evt.type" | "syscall.type"))
            {
                found = Some(error);
            }
        });
    };
    inside(&check.lhs, true, EventTypesError::Transformer);
    if let Operand::Term(term) = &check.rhs {
        inside(term, false, EventTypesError::Field);
    }
    found.map_or(Ok(()), Err)
}

/// Why the events of a condition cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventTypesError {
    /// An event's type inside a transformer.
    #[error("event code search does not support transformers: compare `evt.type` itself")]
    Transformer,
    /// An event's type compared with another field.
    #[error("event code search does not support comparing `evt.type` with a field: compare it with names")]
    Field,
}
