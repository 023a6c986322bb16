//! A schema with a field of each kind, and values for them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::ops::ControlFlow;
use std::sync::Arc;

use windhover_filter::{
    Arity, Field, FieldArg, FieldFlags, LookupFieldError, Schema, Scope, Scratch, Type, Value, Values,
};

/// Name, type, arity, scope.
const FIELDS: &[(&str, Type, Arity, Scope)] = &[
    ("s.name", Type::Str, Arity::One, Scope::Process),
    ("s.other", Type::Str, Arity::One, Scope::Event),
    ("s.arg", Type::Str, Arity::One, Scope::Process),
    ("n.num", Type::Int(64), Arity::One, Scope::Event),
    ("n.other", Type::Int(64), Arity::One, Scope::Event),
    ("n.small", Type::Uint(8), Arity::One, Scope::Event),
    ("u.num", Type::Uint(64), Arity::One, Scope::Event),
    ("p.port", Type::Port, Arity::One, Scope::Fd),
    ("t.rel", Type::RelTime, Arity::One, Scope::Event),
    ("t.abs", Type::AbsTime, Arity::One, Scope::Event),
    ("b.flag", Type::Bool, Arity::One, Scope::Event),
    ("d.frac", Type::Double, Arity::One, Scope::Event),
    ("i.addr", Type::IpAddr, Arity::One, Scope::Fd),
    ("i.other", Type::IpAddr, Arity::One, Scope::Fd),
    ("i.net", Type::IpNet, Arity::One, Scope::Fd),
    ("y.buf", Type::Bytes, Arity::One, Scope::Event),
    ("l.names", Type::Str, Arity::List, Scope::Event),
    ("l.others", Type::Str, Arity::List, Scope::Event),
    ("l.nums", Type::Uint(64), Arity::List, Scope::Event),
    ("a.names", Type::Str, Arity::Any, Scope::Process),
    ("e.addr", Type::IpAddr, Arity::Ends, Scope::Fd),
    ("e.net", Type::IpNet, Arity::Ends, Scope::Fd),
    ("e.port", Type::Port, Arity::Ends, Scope::Fd),
    ("o.uid", Type::Opaque, Arity::One, Scope::Event),
    ("x.print", Type::Str, Arity::One, Scope::Event),
    ("k.type", Type::Str, Arity::One, Scope::EventType),
];

pub struct Vocabulary;

impl Schema for Vocabulary {
    fn lookup(&self, text: &str) -> Result<Field, LookupFieldError> {
        let (name, arg) = text.split_once('[').map_or((text, None), |(name, arg)| (name, arg.strip_suffix(']')));
        let Some(def) = FIELDS.iter().position(|(known, ..)| *known == name) else {
            let similar = windhover_diagnostics::nearest(name, FIELDS.iter().map(|field| field.0));
            return Err(LookupFieldError::Unknown { name: text.to_owned(), similar: similar.map(str::to_owned) });
        };
        let (_, ty, arity, scope) = FIELDS[def];
        if arg.is_some() && name != "s.arg" {
            return Err(LookupFieldError::Argument { reason: format!("{name} takes no argument") });
        }
        let several = matches!(arity, Arity::Any | Arity::Ends);
        Ok(Field {
            def: u16::try_from(def).expect("the table is short"),
            arg: arg.map_or(FieldArg::None, |arg| FieldArg::Key(Arc::from(arg))),
            ty,
            arity,
            scope,
            flags: FieldFlags {
                no_rhs: several,
                no_transformer: several,
                print_only: name == "x.print",
                ..FieldFlags::default()
            },
            text: Arc::from(text),
        })
    }

    fn check_literal(&self, field: &Field, literal: &[u8]) -> Result<(), String> {
        match &*field.text {
            "k.type" if !matches!(literal, b"open" | b"close") => {
                Err(format!("unknown event type {}", String::from_utf8_lossy(literal)))
            }
            _ => Ok(()),
        }
    }
}

/// A value that lives as long as the test.
#[derive(Clone, Debug)]
pub enum Owned {
    Str(Vec<u8>),
    Bytes(Vec<u8>),
    Int(i64),
    Uint(u64),
    Bool(bool),
    Double(f64),
    Ip(IpAddr),
}

impl Owned {
    fn borrow(&self) -> Value<'_> {
        match self {
            Owned::Str(text) => Value::Str(text),
            Owned::Bytes(bytes) => Value::Bytes(bytes),
            Owned::Int(number) => Value::Int(*number),
            Owned::Uint(number) => Value::Uint(*number),
            Owned::Bool(value) => Value::Bool(*value),
            Owned::Double(value) => Value::Double(*value),
            Owned::Ip(address) => Value::Ip(*address),
        }
    }
}

impl From<&str> for Owned {
    fn from(text: &str) -> Owned {
        Owned::Str(text.as_bytes().to_vec())
    }
}

/// Values by field.
#[derive(Debug, Default)]
pub struct Sample(HashMap<String, Vec<Owned>>);

impl Sample {
    pub fn with(mut self, field: &str, value: impl Into<Owned>) -> Sample {
        self.0.entry(field.to_owned()).or_default().push(value.into());
        self
    }

    /// A field that exists but has no value.
    pub fn with_none(mut self, field: &str) -> Sample {
        self.0.entry(field.to_owned()).or_default();
        self
    }
}

impl Values for Sample {
    fn get<'a>(&'a self, field: &Field, scratch: &'a mut Scratch) -> Option<Value<'a>> {
        match self.0.get(&*field.text)?.first()? {
            // Strings are built in the scratch space, so that a test notices when two values share it.
            Owned::Str(text) => {
                scratch.bytes.clear();
                scratch.bytes.extend_from_slice(text);
                Some(Value::Str(&scratch.bytes))
            }
            other => Some(other.borrow()),
        }
    }

    fn each(&self, field: &Field, scratch: &mut Scratch, visit: &mut dyn FnMut(Value<'_>) -> ControlFlow<()>) -> bool {
        let Some(values) = self.0.get(&*field.text) else { return false };
        for value in values {
            let flow = match value {
                Owned::Str(text) => {
                    scratch.bytes.clear();
                    scratch.bytes.extend_from_slice(text);
                    visit(Value::Str(&scratch.bytes))
                }
                other => visit(other.borrow()),
            };
            if flow.is_break() {
                break;
            }
        }
        true
    }
}
