//! `fs.path.*` fields: what a successful file system call acted on.

use windhover_filter::Scope;

use crate::definition::{Class, Definition, Maker};

const F: Maker = Maker { class: Class::FsPath, scope: Scope::Event };

pub(crate) const FIELDS: &[Definition] = &[
    F.text("fs.path.name", "Path that the call acted on, absolute."),
    F.text("fs.path.nameraw", "Path that the call acted on, as given."),
    F.text("fs.path.source", "First path of a rename, link, symlink or mount, absolute."),
    F.text("fs.path.sourceraw", "First path of a rename, link, symlink or mount, as given."),
    F.text("fs.path.target", "Second path of a rename, link, symlink or mount, absolute."),
    F.text("fs.path.targetraw", "Second path of a rename, link, symlink or mount, as given."),
    F.text(
        "fs.path.resolved",
        "Path of the opened file as the kernel resolved it, symbolic links followed; Windhover's own.",
    ),
];
