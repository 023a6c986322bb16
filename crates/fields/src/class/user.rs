//! `user.*` and `group.*` fields: who the thread runs as.

use windhover_filter::Scope;

use crate::definition::{Class, Definition, Maker, PrintFormat};

const USER: Maker = Maker { class: Class::User, scope: Scope::Process };
const GROUP: Maker = Maker { class: Class::Group, scope: Scope::Process };

pub(crate) const FIELDS: &[Definition] = &[
    USER.uint32("user.uid", "Effective user id.").print(PrintFormat::Id),
    USER.text("user.name", "Name of the effective user, by the user list of the container or host."),
    USER.text("user.homedir", "Home directory of the effective user."),
    USER.text("user.shell", "Login shell of the effective user."),
    USER.id("user.loginuid", "Id of the user who logged in, which su and sudo leave alone; -1 if nobody did."),
    USER.text("user.loginname", "Name of the user who logged in."),
    GROUP.uint32("group.gid", "Effective group id.").print(PrintFormat::Id),
    GROUP.text("group.name", "Name of the effective group, by the group list of the container or host."),
];
