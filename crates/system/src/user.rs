//! Users and groups, of the host and of each container.

use std::collections::HashMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::Bytes;

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// User id.
    pub uid: u32,
    /// Primary group's id.
    pub gid: u32,
    /// Login name.
    pub name: Bytes,
    /// Home directory.
    pub homedir: Bytes,
    /// Login shell.
    pub shell: Bytes,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Group id.
    pub gid: u32,
    /// Name.
    pub name: Bytes,
}

/// Users and groups of the host or of one container.
#[derive(Clone, Debug, Default)]
pub struct UserTable {
    users: FxHashMap<u32, User>,
    groups: FxHashMap<u32, Group>,
}

impl UserTable {
    /// The user with id `uid`.
    pub fn user(&self, uid: u32) -> Option<&User> {
        self.users.get(&uid)
    }

    /// The group with id `gid`.
    pub fn group(&self, gid: u32) -> Option<&Group> {
        self.groups.get(&gid)
    }

    /// All users, in no order.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    /// All groups, in no order.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }
}

/// Tables by container id; the host's is under the empty id.
#[derive(Debug)]
pub(crate) struct Users {
    host: UserTable,
    containers: HashMap<Bytes, UserTable>,
    /// Users that were asked for and answered, by container, found or not.
    answered: FxHashSet<(Bytes, u32)>,
    max_containers: usize,
    max_users: usize,
}

/// A table holds as much as it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UsersFull;

impl Users {
    pub(crate) fn new(max_containers: usize, max_users: usize) -> Self {
        Self {
            host: UserTable::default(),
            containers: HashMap::new(),
            answered: FxHashSet::default(),
            max_containers,
            max_users,
        }
    }

    pub(crate) fn table(&self, container: &[u8]) -> Option<&UserTable> {
        if container.is_empty() { Some(&self.host) } else { self.containers.get(container) }
    }

    pub(crate) fn containers(&self) -> impl Iterator<Item = (&[u8], &UserTable)> {
        let containers = self.containers.iter().map(|(id, table)| (&id[..], table));
        std::iter::once((&b""[..], &self.host)).chain(containers)
    }

    /// Whether this user of this container was asked for before, and there was an answer, with the user or without.
    pub(crate) fn was_answered(&self, container: &Bytes, uid: u32) -> bool {
        self.answered.len() >= self.max_users || self.answered.contains(&(container.clone(), uid))
    }

    pub(crate) fn note_answer(&mut self, container: &Bytes, uid: u32) {
        if self.answered.len() < self.max_users {
            self.answered.insert((container.clone(), uid));
        }
    }

    pub(crate) fn add_user(&mut self, container: &[u8], user: User) -> Result<(), UsersFull> {
        let max = self.max_users;
        let table = self.table_mut(container)?;
        if table.users.len() >= max && !table.users.contains_key(&user.uid) {
            return Err(UsersFull);
        }
        table.users.insert(user.uid, user);
        Ok(())
    }

    pub(crate) fn add_group(&mut self, container: &[u8], group: Group) -> Result<(), UsersFull> {
        let max = self.max_users;
        let table = self.table_mut(container)?;
        if table.groups.len() >= max && !table.groups.contains_key(&group.gid) {
            return Err(UsersFull);
        }
        table.groups.insert(group.gid, group);
        Ok(())
    }

    pub(crate) fn remove_user(&mut self, container: &[u8], uid: u32) {
        if let Ok(table) = self.table_mut(container) {
            table.users.remove(&uid);
        }
    }

    pub(crate) fn remove_group(&mut self, container: &[u8], gid: u32) {
        if let Ok(table) = self.table_mut(container) {
            table.groups.remove(&gid);
        }
    }

    pub(crate) fn remove_container(&mut self, container: &[u8]) {
        self.containers.remove(container);
        self.answered.retain(|(of, _)| **of != *container);
    }

    /// The table of `container`, made if there is room.
    pub(crate) fn table_mut(&mut self, container: &[u8]) -> Result<&mut UserTable, UsersFull> {
        if container.is_empty() {
            return Ok(&mut self.host);
        }
        if !self.containers.contains_key(container) && self.containers.len() >= self.max_containers {
            return Err(UsersFull);
        }
        Ok(self.containers.entry(Bytes::from(container)).or_default())
    }
}
