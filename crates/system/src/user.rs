//! Users and groups, of the host and of each container.

use std::collections::HashMap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use windhover_event::{Builder, EventType};

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

    /// Events of the time `ts` that tell of all of them, as users of the container with this id (none for the host),
    /// encoded, in order of their ids. Those with names too long for an event are left out.
    pub fn to_events(&self, container: &[u8], ts: u64) -> Vec<Vec<u8>> {
        let mut users: Vec<_> = self.users().collect();
        users.sort_unstable_by_key(|user| user.uid);
        let mut groups: Vec<_> = self.groups().collect();
        groups.sort_unstable_by_key(|group| group.gid);
        let users = users.into_iter().map(|user| {
            encode(EventType::USER_ADDED_E, ts, &|event| {
                event.uint(user.uid.into()).uint(user.gid.into());
                event.str(&user.name).str(&user.homedir).str(&user.shell).str(container);
            })
        });
        let groups = groups.into_iter().map(|group| {
            encode(EventType::GROUP_ADDED_E, ts, &|event| {
                event.uint(group.gid.into()).str(&group.name).str(container);
            })
        });
        users.chain(groups).flatten().collect()
    }
}

fn encode(kind: EventType, ts: u64, fill: &dyn Fn(&mut Builder<'_>)) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    // No thread makes such events.
    let mut event = Builder::new(&mut bytes, kind, ts, 0);
    fill(&mut event);
    event.finish().is_ok().then_some(bytes)
}

/// Containers whose users the machine was asked about.
#[derive(Debug, Default)]
pub(crate) struct Learned {
    /// Number of the event on account of which it was asked.
    event: u64,
    containers: Vec<Bytes>,
}

impl Learned {
    pub(crate) fn note(&mut self, event: u64, container: &Bytes) {
        if self.event != event {
            self.containers.clear();
        }
        self.event = event;
        self.containers.push(container.clone());
    }

    pub(crate) fn at(&self, event: u64) -> &[Bytes] {
        if self.event == event { &self.containers } else { &[] }
    }
}

/// Tables by container id; the host's is under the empty id.
#[derive(Debug)]
pub(crate) struct Users {
    host: Arc<UserTable>,
    containers: HashMap<Bytes, Arc<UserTable>>,
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
            host: Arc::default(),
            containers: HashMap::new(),
            answered: FxHashSet::default(),
            max_containers,
            max_users,
        }
    }

    pub(crate) fn table(&self, container: &[u8]) -> Option<&UserTable> {
        if container.is_empty() { Some(&self.host) } else { self.containers.get(container).map(|table| &**table) }
    }

    pub(crate) fn containers(&self) -> impl Iterator<Item = (&[u8], &UserTable)> {
        let containers = self.shared_containers().map(|(id, table)| (&id[..], &**table));
        std::iter::once((&b""[..], &*self.host)).chain(containers)
    }

    /// The host's, to be kept.
    pub(crate) fn shared_host(&self) -> &Arc<UserTable> {
        &self.host
    }

    /// Those of containers, to be kept.
    pub(crate) fn shared_containers(&self) -> impl Iterator<Item = (&Bytes, &Arc<UserTable>)> {
        self.containers.iter()
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
            return Ok(Arc::make_mut(&mut self.host));
        }
        if !self.containers.contains_key(container) && self.containers.len() >= self.max_containers {
            return Err(UsersFull);
        }
        Ok(Arc::make_mut(self.containers.entry(Bytes::from(container)).or_default()))
    }
}
