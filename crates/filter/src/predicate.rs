//! A typed test as plain data: equal tests are equal values, so a ruleset holds each only once.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use crate::print::constant;
use crate::{Field, Op, Quantifier, Scope, Transformer, Type};

/// One test of a condition: legal for its types, its constants parsed. [`crate::Matcher`] evaluates it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Predicate {
    /// What is tested.
    pub lhs: Source,
    /// How; never [`Op::EqEq`], and never [`Op::Intersects`] on anything but a list.
    pub op: Op,
    /// Over the constants of `rhs`.
    pub quantifier: Option<Quantifier>,
    /// With what.
    pub rhs: Rhs,
}

/// Where a value comes from.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Source {
    /// A field.
    Field(Field),
    /// A constant string (an argument of a transformer).
    Text(Arc<[u8]>),
    /// Several values as a list (an argument of a transformer).
    List(Arc<[Source]>),
    /// A transformer of values.
    Call(Arc<Call>),
}

/// A transformer with its arguments.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Call {
    /// Which; never [`Transformer::Val`], which is left out.
    pub transformer: Transformer,
    /// As many as it takes.
    pub args: Box<[Source]>,
    /// The option that `getopt(…)[x]` picks.
    pub selector: Option<u8>,
    /// Type of its value.
    pub ty: Type,
    /// Whether its value is a list.
    pub list: bool,
}

/// The right side, by type. Sets (operators `in`, `intersects`, `=` with one element …) are sorted and without doubles,
/// except where the order decides ([`Rhs::Nets`]) or the number of equal elements (under a quantifier).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Rhs {
    /// Nothing (`exists`).
    None,
    /// Strings or bytes; for `bcontains` and `bstartswith` the decoded bytes, for `glob` and `regex` the patterns, for
    /// `pmatch` the path prefixes as written.
    Texts(Arc<[Arc<[u8]>]>),
    /// Numbers of any type, ports and times too.
    Numbers(Arc<[i128]>),
    /// Truth values.
    Bools(Arc<[bool]>),
    /// Addresses.
    Ips(Arc<[IpAddr]>),
    /// Networks, in the order written.
    Nets(Arc<[Network]>),
    /// Another field's value.
    Source(Source),
}

/// An address block. Bits of the address beyond the prefix are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Network {
    /// The first address.
    pub address: IpAddr,
    /// Leading bits that all of its addresses share: up to 32, or 128.
    pub prefix: u8,
}

impl Predicate {
    /// The widest scope among its fields. Scopes form a chain: [`Scope::EventType`] below [`Scope::Process`] below
    /// [`Scope::Fd`] below [`Scope::Event`]. A descriptor belongs to a process, so what depends on both depends on the
    /// descriptor; what depends on the event can be kept for nothing. Without fields it is the lowest.
    #[must_use]
    pub fn scope(&self) -> Scope {
        let mut scope = Scope::EventType;
        self.for_each_field(&mut |field| scope = scope.max(field.scope));
        scope
    }

    /// Its fields, in the order written.
    #[must_use]
    pub fn fields(&self) -> Vec<&Field> {
        let mut fields = Vec::new();
        self.for_each_field(&mut |field| fields.push(field));
        fields
    }

    /// Calls `visit` on each of its fields, in the order written.
    pub fn for_each_field<'a>(&'a self, visit: &mut dyn FnMut(&'a Field)) {
        self.lhs.for_each_field(visit);
        if let Rhs::Source(source) = &self.rhs {
            source.for_each_field(visit);
        }
    }
}

impl Rhs {
    /// How many constants.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Rhs::None | Rhs::Source(_) => 0,
            Rhs::Texts(texts) => texts.len(),
            Rhs::Numbers(numbers) => numbers.len(),
            Rhs::Bools(bools) => bools.len(),
            Rhs::Ips(ips) => ips.len(),
            Rhs::Nets(nets) => nets.len(),
        }
    }

    /// Whether there are no constants.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Network {
    /// The network of an address; `None` if its address has fewer bits than that.
    #[must_use]
    pub fn new(address: IpAddr, prefix: u8) -> Option<Network> {
        let address = match address {
            IpAddr::V4(v4) if prefix <= 32 => {
                let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
                IpAddr::V4((v4.to_bits() & mask).into())
            }
            IpAddr::V6(v6) if prefix <= 128 => {
                let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
                IpAddr::V6((v6.to_bits() & mask).into())
            }
            _ => return None,
        };
        Some(Network { address, prefix })
    }

    /// Whether an address is one of its; those of the other family never are.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        Network::new(address, self.prefix) == Some(*self)
    }
}

impl Source {
    /// Type of the value, or of the elements of a list.
    #[must_use]
    pub fn ty(&self) -> Type {
        match self {
            Source::Field(field) => field.ty,
            Source::Text(_) | Source::List(_) => Type::Str,
            Source::Call(call) => call.ty,
        }
    }

    /// Whether the value is a list as a whole. Fields of several values of which any counts are none.
    #[must_use]
    pub fn is_list(&self) -> bool {
        match self {
            Source::Field(field) => field.arity == crate::Arity::List,
            Source::Text(_) => false,
            Source::List(_) => true,
            Source::Call(call) => call.list,
        }
    }

    /// Calls `visit` on each field below.
    pub fn for_each_field<'a>(&'a self, visit: &mut dyn FnMut(&'a Field)) {
        match self {
            Source::Field(field) => visit(field),
            Source::Text(_) => {}
            Source::List(sources) => sources.iter().for_each(|source| source.for_each_field(visit)),
            Source::Call(call) => call.args.iter().for_each(|source| source.for_each_field(visit)),
        }
    }
}

impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.lhs, self.op.as_str())?;
        if let Some(quantifier) = self.quantifier {
            write!(f, " {}", quantifier.as_str())?;
        }
        let list = self.quantifier.is_some() || self.op.is_list();
        match &self.rhs {
            Rhs::None => Ok(()),
            Rhs::Texts(texts) => write_constants(f, list, texts.iter().map(|text| constant(text))),
            Rhs::Numbers(numbers) => write_constants(f, list, numbers.iter()),
            Rhs::Bools(bools) => write_constants(f, list, bools.iter()),
            Rhs::Ips(ips) => write_constants(f, list, ips.iter()),
            Rhs::Nets(nets) => write_constants(f, list, nets.iter()),
            Rhs::Source(source @ Source::Field(_)) => write!(f, " val({source})"),
            Rhs::Source(source) => write!(f, " {source}"),
        }
    }
}

fn write_constants<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    list: bool,
    constants: impl Iterator<Item = T>,
) -> fmt::Result {
    f.write_str(if list { " (" } else { " " })?;
    for (n, constant) in constants.enumerate() {
        write!(f, "{}{constant}", if n > 0 { ", " } else { "" })?;
    }
    f.write_str(if list { ")" } else { "" })
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Field(field) => f.write_str(&field.text),
            Source::Text(text) => f.write_str(&constant(text)),
            Source::List(sources) => write_sources(f, sources),
            Source::Call(call) => {
                f.write_str(call.transformer.as_str())?;
                write_sources(f, &call.args)?;
                match call.selector {
                    Some(selector) => write!(f, "[{}]", constant(&[selector])),
                    None => Ok(()),
                }
            }
        }
    }
}

fn write_sources(f: &mut fmt::Formatter<'_>, sources: &[Source]) -> fmt::Result {
    f.write_str("(")?;
    for (n, source) in sources.iter().enumerate() {
        write!(f, "{}{source}", if n > 0 { "," } else { "" })?;
    }
    f.write_str(")")
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl fmt::Debug for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
