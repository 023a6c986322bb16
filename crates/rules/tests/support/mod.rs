//! A vocabulary for tests: a few fields.

#![allow(dead_code, reason = "each test binary uses a part")]

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use windhover_filter::{
    Arity, Ast, Check, Field, FieldArg, FieldFlags, LookupFieldError, Node, Op, Operand, Schema, Scope, TermKind, Type,
};
use windhover_rules::{
    EventTypes, EventTypesError, LoadOptions, Loaded, Loader, OutputError, Plugin, Version, Vocabulary,
};

/// Fields, events and plugins, as data.
pub struct Words {
    fields: HashMap<String, Definition>,
    /// Codes of the events of a name.
    events: HashMap<String, BTreeSet<u16>>,
    all: BTreeSet<u16>,
}

#[derive(Clone, Copy)]
struct Definition {
    number: u16,
    ty: Type,
    required_arg: bool,
    takes_arg: bool,
    list: bool,
    flags: FieldFlags,
}

const FEW: &str = "\
evt\tevt.type\tCHARBUF\tnone\t\tno\t-
evt\tevt.dir\tCHARBUF\tnone\t\tno\tDEPRECATED
evt\tevt.num\tUINT64\tnone\t\tno\t-
evt\tevt.arg\tCHARBUF\trequired\t\tno\t-
fd\tfd.name\tCHARBUF\tnone\t\tno\t-
fd\tfd.sip\tIPADDR\tnone\t\tno\t-
process\tproc.name\tCHARBUF\tnone\t\tno\t-
process\tproc.pname\tCHARBUF\tnone\t\tno\t-
process\tproc.cmdline\tCHARBUF\tnone\t\tno\t-
process\tproc.args\tCHARBUF\toptional\t\tno\t-
process\tproc.pid\tINT64\tnone\t\tno\t-
user\tuser.name\tCHARBUF\tnone\t\tno\t-
container\tcontainer.id\tCHARBUF\tnone\t\tno\t-
";

impl Words {
    /// Enough for tests of the loader itself.
    pub fn few() -> Self {
        let names = ["open", "openat", "openat2", "execve", "close", "read", "write", "connect"];
        let mut events: HashMap<String, BTreeSet<u16>> = HashMap::new();
        for (at, name) in names.into_iter().enumerate() {
            events.insert(name.to_owned(), BTreeSet::from([at as u16 * 2, at as u16 * 2 + 1]));
        }
        Self { fields: definitions(FEW), events, all: (0..400).collect() }
    }

    fn types(&self, ast: &Ast, negated: bool) -> BTreeSet<u16> {
        match &ast.node {
            Node::Not(child) => self.types(child, !negated),
            Node::And(children) | Node::Or(children) => {
                let intersect = matches!(ast.node, Node::And(_)) != negated;
                let mut sets = children.iter().map(|child| self.types(child, negated));
                let first = sets.next().unwrap_or_default();
                sets.fold(first, |left, right| if intersect { &left & &right } else { &left | &right })
            }
            Node::Macro(reference) => match &reference.body {
                Some(body) => self.types(&body.ast, negated),
                None => self.all.clone(),
            },
            Node::Check(check) => self.check_types(check, negated),
        }
    }

    fn check_types(&self, check: &Check, negated: bool) -> BTreeSet<u16> {
        let TermKind::Field { name, .. } = &check.lhs.kind else { return self.all.clone() };
        let literals: Vec<String> = match &check.rhs {
            Operand::Literal(literal) => vec![literal.to_text()],
            Operand::List { items, .. } => items.iter().map(|item| item.to_text()).collect(),
            Operand::None | Operand::Term(_) => Vec::new(),
        };
        let (set, inverted) = match (&**name, check.op) {
            ("evt.type" | "syscall.type", Op::Eq | Op::EqEq | Op::In | Op::Ne) => {
                let named: BTreeSet<u16> =
                    literals.iter().filter_map(|name| self.events.get(name)).flatten().copied().collect();
                (named, check.op == Op::Ne)
            }
            ("evt.num", Op::Eq | Op::EqEq | Op::In | Op::Le) if literals == ["0"] => (BTreeSet::new(), false),
            ("evt.num", Op::Lt) if literals == ["1"] => (BTreeSet::new(), false),
            _ => return self.all.clone(),
        };
        if inverted != negated { &self.all - &set } else { set }
    }
}

fn definitions(table: &str) -> HashMap<String, Definition> {
    let mut fields = HashMap::new();
    for (number, row) in table.lines().enumerate() {
        let columns: Vec<&str> = row.split('\t').collect();
        let [_, name, ty, arg, _, list, flags, ..] = columns[..] else { continue };
        let flag = |name: &str| flags.split(',').any(|flag| flag == name);
        let definition = Definition {
            number: number as u16,
            ty: type_of(ty),
            required_arg: arg == "required",
            takes_arg: arg != "none",
            list: list == "yes",
            flags: FieldFlags {
                no_rhs: flag("NO_RHS"),
                no_transformer: flag("NO_TRANSFORMER"),
                filter_only: flag("FILTER_ONLY"),
                print_only: flag("PRINT_ONLY"),
                deprecated: flag("DEPRECATED"),
            },
        };
        fields.insert(name.to_owned(), definition);
    }
    fields
}

fn type_of(name: &str) -> Type {
    match name {
        "BYTEBUF" => Type::Bytes,
        "BOOL" => Type::Bool,
        "INT16" | "INT32" | "INT64" | "DYN" => Type::Int(64),
        "UINT32" | "UINT64" => Type::Uint(64),
        "DOUBLE" => Type::Double,
        "PORT" => Type::Port,
        "IPADDR" => Type::IpAddr,
        "IPNET" => Type::IpNet,
        "RELTIME" => Type::RelTime,
        "ABSTIME" => Type::AbsTime,
        _ => Type::Str,
    }
}

impl Schema for Words {
    fn lookup(&self, text: &str) -> Result<Field, LookupFieldError> {
        let (name, bracket) = match text.split_once('[') {
            Some((name, arg)) => (name, Some(arg.trim_end_matches(']'))),
            None => (text, None),
        };
        let unknown = || {
            let mut names: Vec<&str> = self.fields.keys().map(String::as_str).collect();
            names.sort_unstable();
            let similar = windhover_diagnostics::nearest(name, names).map(str::to_owned);
            LookupFieldError::Unknown { name: text.to_owned(), similar }
        };
        let dotted = || {
            let (name, arg) = self
                .fields
                .keys()
                .filter_map(|field| Some((field, name.strip_prefix(field.as_str())?.strip_prefix('.')?)))
                .next()?;
            Some((name.as_str(), Some(arg)))
        };
        let (name, arg) = match self.fields.contains_key(name) {
            true => (name, bracket),
            false => dotted().ok_or_else(unknown)?,
        };
        let definition = self.fields.get(name).ok_or_else(unknown)?;
        if arg.is_some() != definition.takes_arg && (arg.is_some() || definition.required_arg) {
            return Err(LookupFieldError::Argument { reason: format!("wrong argument of field {name}") });
        }
        Ok(Field {
            def: definition.number,
            arg: arg.map_or(FieldArg::None, |arg| FieldArg::Key(arg.into())),
            ty: definition.ty,
            arity: if definition.list { Arity::List } else { Arity::One },
            scope: Scope::Event,
            flags: definition.flags,
            text: Arc::from(text),
        })
    }

    fn check_literal(&self, field: &Field, literal: &[u8]) -> Result<(), String> {
        let name = String::from_utf8_lossy(literal);
        if &*field.text == "evt.type" && !self.events.contains_key(&*name) {
            return Err(format!("unknown event type {name}"));
        }
        Ok(())
    }
}

impl Vocabulary for Words {
    fn schema(&self, source: &str) -> Option<&dyn Schema> {
        (source == "syscall").then_some(self)
    }

    fn foreign_schema(&self, source: &str) -> Option<&dyn Schema> {
        (source == "elsewhere").then_some(self)
    }

    fn sources(&self) -> Vec<String> {
        vec!["syscall".to_owned()]
    }

    fn check_output(&self, _source: &str, format: &str) -> Result<(), OutputError> {
        for (at, _) in format.match_indices('%') {
            let rest = &format[at + 1..];
            let word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
            let length = rest.bytes().position(|byte| !word(byte)).unwrap_or(rest.len());
            let bracket = rest[length..].starts_with('[').then(|| rest[length..].find(']')).flatten();
            let with_arg = bracket.map(|end| &rest[..length + end + 1]);
            let known = with_arg.is_some_and(|text| self.lookup(text).is_ok())
                || (1..=length).rev().any(|length| self.lookup(&rest[..length]).is_ok());
            let transformer = rest[length..].starts_with('(');
            if !known && !transformer {
                return Err(OutputError {
                    message: format!("unknown filter: {}", &rest[..length]),
                    span: Some(at..at + 1 + length),
                    help: None,
                });
            }
        }
        Ok(())
    }

    fn event_types(&self, condition: &Ast) -> Result<EventTypes, EventTypesError> {
        Ok(EventTypes { count: self.types(condition, false).len() })
    }

    fn plugins(&self) -> Vec<Plugin> {
        vec![Plugin { name: "container".to_owned(), version: Version { major: 0, minor: 7, patch: 1 } }]
    }
}

/// Loads texts as files `1.yaml`, `2.yaml` ….
pub fn load(vocabulary: &dyn Vocabulary, files: &[&str]) -> Loaded {
    let mut loader = Loader::new(vocabulary, LoadOptions::default());
    for (at, text) in files.iter().enumerate() {
        loader.load(&format!("{}.yaml", at + 1), text);
    }
    loader.finish()
}
