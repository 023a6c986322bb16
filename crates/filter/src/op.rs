//! Operators, quantifiers and transformers: their words, and what they take.

use crate::Type;

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Op {
    Exists,
    Le,
    Lt,
    Ge,
    Gt,
    /// `==`, which means `=`: only trees of written conditions hold it, predicates never do.
    EqEq,
    Eq,
    Ne,
    Glob,
    IGlob,
    Contains,
    IContains,
    BContains,
    StartsWith,
    BStartsWith,
    EndsWith,
    Regex,
    Intersects,
    In,
    PMatch,
}

impl Op {
    /// Every operator, in the order in which the parser tries them.
    pub const ALL: [Op; 20] = [
        Op::Exists,
        Op::Le,
        Op::Lt,
        Op::Ge,
        Op::Gt,
        Op::EqEq,
        Op::Eq,
        Op::Ne,
        Op::Glob,
        Op::IGlob,
        Op::Contains,
        Op::IContains,
        Op::BContains,
        Op::StartsWith,
        Op::BStartsWith,
        Op::EndsWith,
        Op::Regex,
        Op::Intersects,
        Op::In,
        Op::PMatch,
    ];

    /// As written in conditions.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Op::Exists => "exists",
            Op::Le => "<=",
            Op::Lt => "<",
            Op::Ge => ">=",
            Op::Gt => ">",
            Op::EqEq => "==",
            Op::Eq => "=",
            Op::Ne => "!=",
            Op::Glob => "glob",
            Op::IGlob => "iglob",
            Op::Contains => "contains",
            Op::IContains => "icontains",
            Op::BContains => "bcontains",
            Op::StartsWith => "startswith",
            Op::BStartsWith => "bstartswith",
            Op::EndsWith => "endswith",
            Op::Regex => "regex",
            Op::Intersects => "intersects",
            Op::In => "in",
            Op::PMatch => "pmatch",
        }
    }

    /// The operator of that word or sign.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Op> {
        Op::ALL.into_iter().find(|op| op.as_str() == text)
    }

    /// Takes a number.
    #[must_use]
    pub fn is_order(self) -> bool {
        matches!(self, Op::Le | Op::Lt | Op::Ge | Op::Gt)
    }

    /// Takes a list.
    #[must_use]
    pub fn is_list(self) -> bool {
        matches!(self, Op::Intersects | Op::In | Op::PMatch)
    }

    /// Takes a string; may have a [`Quantifier`].
    #[must_use]
    pub fn is_string(self) -> bool {
        !self.is_order() && !self.is_list() && self != Op::Exists
    }

    /// Must be followed by a blank.
    pub(crate) fn is_word_with_blank(self) -> bool {
        self.is_string() && !matches!(self, Op::EqEq | Op::Eq | Op::Ne)
    }

    /// Whether values of that type can be compared so; `list` for fields that are lists.
    #[must_use]
    pub fn allows(self, ty: Type, list: bool) -> bool {
        let common = matches!(self, Op::EqEq | Op::Eq | Op::Ne | Op::In | Op::Intersects | Op::Exists);
        if list {
            return matches!(self, Op::In | Op::Intersects | Op::Exists);
        }
        match ty {
            Type::Str => !matches!(self, Op::BContains | Op::BStartsWith),
            Type::Bytes => {
                common || matches!(self, Op::Contains | Op::StartsWith | Op::EndsWith | Op::BContains | Op::BStartsWith)
            }
            Type::Int(_) | Type::Uint(_) | Type::Port | Type::RelTime | Type::AbsTime | Type::Double => {
                common || self.is_order()
            }
            Type::Bool | Type::IpAddr | Type::IpNet => common,
            Type::Opaque => false,
        }
    }
}

/// How many elements of the right-hand list have to satisfy the operator. None of an empty list ever does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Quantifier {
    /// Exactly one.
    OneOf,
    /// At least one.
    AnyOf,
    /// Each.
    AllOf,
}

impl Quantifier {
    /// Every quantifier, in the order in which the parser tries them.
    pub const ALL: [Quantifier; 3] = [Quantifier::OneOf, Quantifier::AnyOf, Quantifier::AllOf];

    /// As written in conditions.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Quantifier::OneOf => "oneof",
            Quantifier::AnyOf => "anyof",
            Quantifier::AllOf => "allof",
        }
    }
}

/// A function of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transformer {
    /// ASCII letters made small.
    ToLower,
    /// ASCII letters made capital.
    ToUpper,
    /// Base64 undone; no value if it is not base64.
    Base64,
    /// What follows the last slash.
    Basename,
    /// Bytes of a string, elements of a list.
    Len,
    /// Strings of a list with a separator between them.
    Join,
    /// Strings one after the other.
    Concat,
    /// Options out of an argument list.
    GetOpt,
    /// The field itself, on a right-hand side.
    Val,
}

impl Transformer {
    /// Every transformer, `val` last: it is for right-hand sides only.
    pub const ALL: [Transformer; 9] = [
        Transformer::ToLower,
        Transformer::ToUpper,
        Transformer::Base64,
        Transformer::Basename,
        Transformer::Len,
        Transformer::Join,
        Transformer::Concat,
        Transformer::GetOpt,
        Transformer::Val,
    ];

    /// As written in conditions.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Transformer::ToLower => "tolower",
            Transformer::ToUpper => "toupper",
            Transformer::Base64 => "b64",
            Transformer::Basename => "basename",
            Transformer::Len => "len",
            Transformer::Join => "join",
            Transformer::Concat => "concat",
            Transformer::GetOpt => "getopt",
            Transformer::Val => "val",
        }
    }

    /// The transformer of that name.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Transformer> {
        Transformer::ALL.into_iter().find(|transformer| transformer.as_str() == text)
    }
}
