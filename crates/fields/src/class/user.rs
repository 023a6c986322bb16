//! `user.*` and `group.*` fields: who the thread runs as.

use windhover_filter::{FieldArg, Scope, Scratch, Value};
use windhover_system::User;

use crate::definition::{Class, Definition, Maker, PrintFormat};
use crate::values::{EventValues, text};

const USER: Maker = Maker { class: Class::User, scope: Scope::Process };
const GROUP: Maker = Maker { class: Class::Group, scope: Scope::Process };

pub(crate) const FIELDS: &[Definition] = &[
    USER.uint32("user.uid", "Effective user id.")
        .print(PrintFormat::Id)
        .get(|v, _, _| Some(Value::Uint(v.thread()?.uid.into()))),
    USER.text("user.name", "Name of the effective user, by the user list of the container or host.").get(|v, _, _| {
        let uid = v.thread()?.uid;
        text(user(v, uid).map_or(fallback(uid, b"root"), |user| &user.name))
    }),
    USER.text("user.homedir", "Home directory of the effective user.").get(|v, _, _| {
        let uid = v.thread()?.uid;
        text(user(v, uid).map_or(fallback(uid, b"/root"), |user| &user.homedir))
    }),
    USER.text("user.shell", "Login shell of the effective user.").get(|v, _, _| {
        let uid = v.thread()?.uid;
        text(user(v, uid).map_or(fallback(uid, b"<NA>"), |user| &user.shell))
    }),
    USER.id("user.loginuid", "Id of the user who logged in, which su and sudo leave alone; -1 if nobody did.")
        .get(login_uid),
    USER.text("user.loginname", "Name of the user who logged in.").get(login_name),
    GROUP
        .uint32("group.gid", "Effective group id.")
        .print(PrintFormat::Id)
        .get(|v, _, _| Some(Value::Uint(v.thread()?.gid.into()))),
    GROUP.text("group.name", "Name of the effective group, by the group list of the container or host.").get(
        |v, _, _| {
            let gid = v.thread()?.gid;
            text(v.context.group(gid).map_or(fallback(gid, b"root"), |group| &group.name))
        },
    ),
];

fn user<'a>(v: &'a EventValues<'_>, uid: u32) -> Option<&'a User> {
    v.context.user(uid)
}

/// What stands for an id that no list has.
fn fallback(id: u32, root: &'static [u8]) -> &'static [u8] {
    if id == 0 { root } else { b"<NA>" }
}

fn login_uid<'a>(v: &'a EventValues<'_>, _: &FieldArg, _: &'a mut Scratch) -> Option<Value<'a>> {
    let uid = v.thread()?.loginuid;
    Some(Value::Int(if uid == u32::MAX { -1 } else { uid.into() }))
}

fn login_name<'a>(v: &'a EventValues<'_>, _: &FieldArg, _: &'a mut Scratch) -> Option<Value<'a>> {
    let uid = v.thread()?.loginuid;
    text(user(v, uid).map_or(fallback(uid, b"root"), |user| &user.name))
}
