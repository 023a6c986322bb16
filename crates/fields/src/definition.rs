//! What one entry of the catalogue says: the single place from which names, types, listings, schema and extraction come.

use windhover_filter::{Arity, FieldArg, FieldFlags, Scope, Type};

use crate::kind::{EventKind, Known};
use crate::values::{Each, Get};

/// Groups of fields, in the order in which names are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Facts that every event of every source has.
    Generic,
    /// Facts of system calls and other kernel events.
    Event,
    /// Processes and threads.
    Process,
    /// Users.
    User,
    /// Groups.
    Group,
    /// File descriptors.
    Fd,
    /// Paths of file system calls.
    FsPath,
    /// Helpers.
    Util,
    /// Descriptor lists of `poll`.
    FdList,
    /// Containers.
    Container,
    /// Kubernetes pods.
    K8s,
    /// What plugins and the configuration add at run time.
    Dynamic,
}

impl Class {
    /// All classes in look-up order.
    pub const ALL: [Class; 12] = [
        Class::Generic,
        Class::Event,
        Class::Process,
        Class::User,
        Class::Group,
        Class::Fd,
        Class::FsPath,
        Class::Util,
        Class::FdList,
        Class::Container,
        Class::K8s,
        Class::Dynamic,
    ];

    /// The name that listings show.
    pub const fn name(self) -> &'static str {
        match self {
            Class::Generic => "evt (generic)",
            Class::Event => "evt",
            Class::Process => "process",
            Class::User => "user",
            Class::Group => "group",
            Class::Fd => "fd",
            Class::FsPath => "fs.path",
            Class::Util => "util",
            Class::FdList => "fdlist",
            Class::Container => "container",
            Class::K8s => "k8s",
            Class::Dynamic => "plugin",
        }
    }

    /// One line for listings.
    pub const fn doc(self) -> &'static str {
        match self {
            Class::Generic => "What every event has, whatever source it comes from.",
            Class::Event => "System calls and other kernel events.",
            Class::Process => "The process and thread that caused the event, and their ancestors.",
            Class::User => "The user that the thread runs as.",
            Class::Group => "The group that the thread runs as.",
            Class::Fd => "The file descriptor that the event is about.",
            Class::FsPath => "Paths that a file system call acted on.",
            Class::Util => "Helpers.",
            Class::FdList => "The descriptors that a poll waits for.",
            Class::Container => "The container that the process runs in.",
            Class::K8s => "The Kubernetes pod that the process runs in.",
            Class::Dynamic => "Fields added by plugins and by the configuration.",
        }
    }
}

/// Type of a field's values, by the reference's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// Text.
    CharBuf,
    /// Raw bytes.
    ByteBuf,
    /// `true` or `false`.
    Bool,
    /// Signed, 16 bits.
    Int16,
    /// Signed, 32 bits.
    Int32,
    /// Signed, 64 bits.
    Int64,
    /// Unsigned, 32 bits.
    Uint32,
    /// Unsigned, 64 bits.
    Uint64,
    /// Floating point.
    Double,
    /// A port number.
    Port,
    /// An IP address.
    IpAddr,
    /// An address that is compared with networks.
    IpNet,
    /// A duration in nanoseconds.
    RelTime,
    /// Nanoseconds since the epoch.
    AbsTime,
    /// The type of the parameter that the argument names.
    Dynamic,
}

impl FieldType {
    /// The name that listings show.
    pub const fn name(self) -> &'static str {
        match self {
            FieldType::CharBuf => "CHARBUF",
            FieldType::ByteBuf => "BYTEBUF",
            FieldType::Bool => "BOOL",
            FieldType::Int16 => "INT16",
            FieldType::Int32 => "INT32",
            FieldType::Int64 => "INT64",
            FieldType::Uint32 => "UINT32",
            FieldType::Uint64 => "UINT64",
            FieldType::Double => "DOUBLE",
            FieldType::Port => "PORT",
            FieldType::IpAddr => "IPADDR",
            FieldType::IpNet => "IPNET",
            FieldType::RelTime => "RELTIME",
            FieldType::AbsTime => "ABSTIME",
            FieldType::Dynamic => "DYNAMIC",
        }
    }

    /// The type by which the condition language compares; [`FieldType::Dynamic`] is decided by the argument.
    pub const fn compared_as(self) -> Type {
        match self {
            FieldType::CharBuf => Type::Str,
            FieldType::ByteBuf => Type::Bytes,
            FieldType::Bool => Type::Bool,
            FieldType::Int16 => Type::Int(16),
            FieldType::Int32 => Type::Int(32),
            FieldType::Int64 => Type::Int(64),
            FieldType::Uint32 => Type::Uint(32),
            FieldType::Uint64 => Type::Uint(64),
            FieldType::Double => Type::Double,
            FieldType::Port => Type::Port,
            FieldType::IpAddr => Type::IpAddr,
            FieldType::IpNet => Type::IpNet,
            FieldType::RelTime => Type::RelTime,
            FieldType::AbsTime => Type::AbsTime,
            FieldType::Dynamic => Type::Opaque,
        }
    }
}

/// How numbers are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrintFormat {
    /// The type's own form.
    Plain,
    /// Decimal.
    Decimal,
    /// Decimal, an identifier rather than a quantity.
    Id,
    /// Upper-case hexadecimal without a prefix.
    Hex,
    /// Nine digits with leading zeros (the nanoseconds of a second).
    PaddedDecimal,
    /// The direction of an event, `>` or `<`.
    Direction,
}

/// What a field takes in brackets or behind a dot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArgForm {
    /// Nothing.
    None,
    /// `[n]`, optional.
    OptionalIndex,
    /// `[NAME]` or `[n]`, optional.
    OptionalKeyOrIndex,
    /// `[n]`, required.
    Index,
    /// `[text]`, required; `'` and `"` around it are taken off.
    Key,
    /// `[n]` or `[text]`, required.
    KeyOrIndex,
    /// `[n]` or `.name`: a parameter of the event.
    Param,
    /// `.name`: a parameter of the event, in its own type.
    RawParam,
    /// Nothing, `.src` or `.dst`.
    PathSide,
    /// `.name` or `.number` of an event type.
    EventType,
    /// `.name` or `[name]` of a cgroup subsystem.
    Subsystem,
}

impl ArgForm {
    /// Whether the field means nothing without its argument.
    pub const fn is_required(self) -> bool {
        !matches!(self, ArgForm::None | ArgForm::OptionalIndex | ArgForm::OptionalKeyOrIndex | ArgForm::PathSide)
    }

    /// Whether a number is an argument.
    pub const fn takes_index(self) -> bool {
        matches!(
            self,
            ArgForm::OptionalIndex
                | ArgForm::OptionalKeyOrIndex
                | ArgForm::Index
                | ArgForm::KeyOrIndex
                | ArgForm::Param
                | ArgForm::EventType
        )
    }

    /// Whether text is an argument.
    pub const fn takes_key(self) -> bool {
        !matches!(self, ArgForm::None | ArgForm::OptionalIndex | ArgForm::Index)
    }
}

/// One field of the catalogue.
#[derive(Clone, Copy)]
pub struct Definition {
    /// Name without argument.
    pub name: &'static str,
    /// Group.
    pub class: Class,
    /// Type of the values.
    pub ty: FieldType,
    /// What stands in brackets.
    pub arg: ArgForm,
    /// How many values, given without an index.
    pub arity: Arity,
    /// What the values depend on.
    pub scope: Scope,
    /// What is refused.
    pub flags: FieldFlags,
    /// How numbers are printed.
    pub print: PrintFormat,
    /// Left out of listings.
    pub hidden: bool,
    /// Added to outputs by `suggested_output`.
    pub suggested: bool,
    /// One line.
    pub doc: &'static str,
    pub(crate) get: Get,
    pub(crate) each: Option<Each>,
    pub(crate) known: fn(EventKind, &FieldArg) -> Known,
    pub(crate) shown: Shown,
}

/// What outputs show of a field.
#[derive(Clone, Copy)]
pub(crate) enum Shown {
    /// What comparisons see; several values joined by blanks.
    Compared,
    /// Something else.
    Get(Get),
    /// Never a value.
    Never,
    /// This text in place of any value.
    Text(&'static str),
}

impl std::fmt::Debug for Definition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Definition {
    const fn new(name: &'static str, class: Class, ty: FieldType, scope: Scope, doc: &'static str) -> Self {
        let print = match ty {
            FieldType::CharBuf | FieldType::ByteBuf | FieldType::Bool | FieldType::Double => PrintFormat::Plain,
            FieldType::IpAddr | FieldType::IpNet | FieldType::Dynamic => PrintFormat::Plain,
            _ => PrintFormat::Decimal,
        };
        let flags = FieldFlags {
            no_rhs: false,
            no_transformer: false,
            filter_only: false,
            print_only: false,
            deprecated: false,
        };
        Self {
            name,
            class,
            ty,
            arg: ArgForm::None,
            arity: Arity::One,
            scope,
            flags,
            print,
            hidden: false,
            suggested: false,
            doc,
            get: |_, _, _| None,
            each: None,
            known: |_, _| Known::Nothing,
            shown: Shown::Compared,
        }
    }

    pub(crate) const fn arg(mut self, arg: ArgForm) -> Self {
        self.arg = arg;
        self
    }

    pub(crate) const fn arity(mut self, arity: Arity) -> Self {
        self.arity = arity;
        self
    }

    pub(crate) const fn print(mut self, print: PrintFormat) -> Self {
        self.print = print;
        self
    }

    /// May stand only on the left-hand side, and not in a transformer.
    pub(crate) const fn lhs_only(mut self) -> Self {
        self.flags.no_rhs = true;
        self.flags.no_transformer = true;
        self
    }

    /// May not be the right-hand side.
    pub(crate) const fn no_rhs(mut self) -> Self {
        self.flags.no_rhs = true;
        self
    }

    /// Has no text for outputs, and may stand only on the left-hand side.
    pub(crate) const fn filter_only(mut self) -> Self {
        self.flags.filter_only = true;
        self.lhs_only()
    }

    pub(crate) const fn print_only(mut self) -> Self {
        self.flags.print_only = true;
        self
    }

    pub(crate) const fn deprecated(mut self) -> Self {
        self.flags.deprecated = true;
        self
    }

    pub(crate) const fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    pub(crate) const fn suggested(mut self) -> Self {
        self.suggested = true;
        self
    }

    /// How the value is found.
    pub(crate) const fn get(mut self, get: Get) -> Self {
        self.get = get;
        self
    }

    /// How the values of a field of several are found.
    pub(crate) const fn each(mut self, each: Each) -> Self {
        self.each = Some(each);
        self
    }

    /// What the kind of an event alone says of the value.
    pub(crate) const fn known(mut self, known: fn(EventKind, &FieldArg) -> Known) -> Self {
        self.known = known;
        self
    }

    /// What outputs show instead of the compared value.
    pub(crate) const fn shown(mut self, shown: Shown) -> Self {
        self.shown = shown;
        self
    }
}

/// Makes the entries of one class; each file of `class` has one.
#[derive(Clone, Copy)]
pub(crate) struct Maker {
    pub(crate) class: Class,
    pub(crate) scope: Scope,
}

macro_rules! makers {
    ($($name:ident: $ty:ident),* $(,)?) => {
        impl Maker {
            $(pub(crate) const fn $name(self, name: &'static str, doc: &'static str) -> Definition {
                Definition::new(name, self.class, FieldType::$ty, self.scope, doc)
            })*
        }
    };
}

makers! {
    text: CharBuf, bytes: ByteBuf, boolean: Bool, int16: Int16, int32: Int32, int64: Int64, uint32: Uint32,
    uint64: Uint64, double: Double, port: Port, address: IpAddr, network: IpNet, duration: RelTime, time: AbsTime,
    dynamic: Dynamic,
}

impl Maker {
    /// A number that identifies rather than counts.
    pub(crate) const fn id(self, name: &'static str, doc: &'static str) -> Definition {
        self.int64(name, doc).print(PrintFormat::Id)
    }
}
