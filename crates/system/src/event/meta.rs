//! Events that come from no system call: users, groups, containers.

use windhover_event::EventView;

use crate::container::ContainerInfo;
use crate::system::System;
use crate::user::{Group, User};

impl System {
    pub(crate) fn on_user_added(&mut self, event: &EventView<'_>) {
        let (Some(uid), Some(gid)) = (event.u32(0), event.u32(1)) else { return };
        let user = User {
            uid,
            gid,
            name: self.interner.get(event.str(2).unwrap_or_default()),
            homedir: self.interner.get(event.str(3).unwrap_or_default()),
            shell: self.interner.get(event.str(4).unwrap_or_default()),
        };
        let container = event.str(5).unwrap_or_default();
        let known = self.users.table(container).and_then(|table| table.user(uid)) == Some(&user);
        if known {
            return;
        }
        self.counters.users_refused += u64::from(self.users.add_user(container, user).is_err());
        self.touch_container(container);
    }

    pub(crate) fn on_user_deleted(&mut self, event: &EventView<'_>) {
        if let Some(uid) = event.u32(0) {
            let container = event.str(5).unwrap_or_default();
            self.users.remove_user(container, uid);
            self.touch_container(container);
        }
    }

    pub(crate) fn on_group_added(&mut self, event: &EventView<'_>) {
        let Some(gid) = event.u32(0) else { return };
        let group = Group { gid, name: self.interner.get(event.str(1).unwrap_or_default()) };
        let container = event.str(2).unwrap_or_default();
        let known = self.users.table(container).and_then(|table| table.group(gid)) == Some(&group);
        if known {
            return;
        }
        self.counters.users_refused += u64::from(self.users.add_group(container, group).is_err());
        self.touch_container(container);
    }

    pub(crate) fn on_group_deleted(&mut self, event: &EventView<'_>) {
        if let Some(gid) = event.u32(0) {
            let container = event.str(2).unwrap_or_default();
            self.users.remove_group(container, gid);
            self.touch_container(container);
        }
    }

    /// Users and groups of a container changed: so did what its threads are called.
    fn touch_container(&mut self, container: &[u8]) {
        self.threads.touch_where(|thread| *thread.container_id == *container);
    }

    pub(crate) fn on_async(&mut self, event: &EventView<'_>) {
        let data = event.buffer(2).unwrap_or_default();
        match event.str(1) {
            Some(b"container") => self.take_container(data),
            Some(b"container_removed") => {
                if let Some(info) = self.read_container(data) {
                    self.remove_container(info.id.as_bytes());
                }
            }
            _ => {}
        }
    }

    pub(crate) fn on_container_json(&mut self, event: &EventView<'_>) {
        self.take_container(event.str(0).unwrap_or_default());
    }

    pub(crate) fn on_old_container(&mut self, event: &EventView<'_>) {
        let text = |index| String::from_utf8_lossy(event.str(index).unwrap_or_default()).into_owned();
        let info = ContainerInfo {
            id: text(0),
            kind: event.u32(1).unwrap_or(0),
            name: text(2),
            image: text(3),
            ..ContainerInfo::default()
        };
        if !info.id.is_empty() {
            self.set_container(info);
        }
    }

    fn take_container(&mut self, json: &[u8]) {
        if let Some(info) = self.read_container(json) {
            self.set_container(info);
        }
    }

    fn read_container(&mut self, json: &[u8]) -> Option<ContainerInfo> {
        let fits = json.len() <= self.limits.container_bytes;
        let info = if fits { ContainerInfo::from_json(json).ok() } else { None };
        self.counters.containers_refused += u64::from(info.is_none());
        info
    }
}
