//! The catalogue's entries, a file per group of fields.

mod ancestor;
mod container;
pub(crate) mod evt;
pub(crate) mod fd;
mod fdlist;
mod fs_path;
mod generic;
mod k8s;
pub(crate) mod open;
pub(crate) mod parameter;
mod pattern;
mod process;
mod socket;
mod thread;
mod user;
mod util;

use crate::definition::Definition;

const FILES: [&[Definition]; 13] = [
    generic::FIELDS,
    evt::FIELDS,
    process::FIELDS,
    ancestor::FIELDS,
    thread::FIELDS,
    user::FIELDS,
    fd::FIELDS,
    socket::FIELDS,
    fs_path::FIELDS,
    util::FIELDS,
    fdlist::FIELDS,
    container::FIELDS,
    k8s::FIELDS,
];

const COUNT: usize = {
    let mut count = 0;
    let mut file = 0;
    while file < FILES.len() {
        count += FILES[file].len();
        file += 1;
    }
    count
};

/// Every built-in field; the place is the number that [`windhover_filter::Field::def`] holds.
pub(crate) static DEFINITIONS: [Definition; COUNT] = {
    let mut all = [FILES[0][0]; COUNT];
    let (mut at, mut file) = (0, 0);
    while file < FILES.len() {
        let mut entry = 0;
        while entry < FILES[file].len() {
            all[at] = FILES[file][entry];
            at += 1;
            entry += 1;
        }
        file += 1;
    }
    all
};
