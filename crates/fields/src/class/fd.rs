//! `fd.*` fields that are not about sockets.

use windhover_filter::{Arity, Scope};

use crate::definition::{ArgForm, Class, Definition, Maker, PrintFormat};

const F: Maker = Maker { class: Class::Fd, scope: Scope::Fd };
/// What the event adds to the descriptor.
const NOW: Maker = Maker { class: Class::Fd, scope: Scope::Event };

pub(crate) const FIELDS: &[Definition] = &[
    F.id("fd.num", "Number of the descriptor."),
    F.text("fd.type", "Kind of the descriptor: `file`, `directory`, `ipv4`, `ipv6`, `unix`, `pipe`, `event` …")
        .print(PrintFormat::Decimal),
    F.text("fd.typechar", "Kind of the descriptor in one letter.").print(PrintFormat::Decimal),
    F.text(
        "fd.name",
        "Path of a file, both ends of a socket, or the name of another object; also of an open that failed.",
    ),
    F.text("fd.directory", "Directory part of a file's path."),
    F.text("fd.filename", "Last part of a file's path."),
    F.text("fd.uid", "Thread id and descriptor number without anything between."),
    F.text("fd.containername", "Container id, a colon, and `fd.name`."),
    F.text("fd.containerdirectory", "Container id, a colon, and `fd.directory`."),
    NOW.boolean("fd.name_changed", "Whether this event changed the descriptor's name."),
    F.int32("fd.dev", "Device number of the file's file system.").print(PrintFormat::Hex),
    F.int32("fd.dev.major", "Major part of the device number."),
    F.int32("fd.dev.minor", "Minor part of the device number."),
    F.int64("fd.ino", "Inode number of the file or pipe."),
    F.text("fd.nameraw", "Path as the call was given it, not made absolute."),
    NOW.text("fd.types", "Kinds of all open descriptors of the process, each once; `[n]` is that of descriptor n.")
        .arg(ArgForm::OptionalIndex)
        .arity(Arity::List)
        .print(PrintFormat::Decimal)
        .no_rhs(),
    F.boolean("fd.is_upper_layer", "Whether the file is in the upper layer of an overlay."),
    F.boolean("fd.is_lower_layer", "Whether the file is in a lower layer of an overlay."),
];
