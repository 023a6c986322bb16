//! Users, groups and capabilities of a thread.

use windhover_event::EventView;

use crate::lookup::Lookup;
use crate::system::System;
use crate::thread::flag;

/// Every capability that the kernel has: bits 0 to 40.
const ALL_CAPABILITIES: u64 = (1 << 41) - 1;

impl System {
    /// The new effective user stands in parameter `index`.
    pub(crate) fn on_setuid(
        &mut self,
        event: &EventView<'_>,
        index: usize,
        lookup: &mut Option<&mut (dyn Lookup + '_)>,
    ) {
        if let (Some(0), Some(uid)) = (event.i64(0), event.u32(index)) {
            self.change_current(|thread| thread.uid != uid, |thread| thread.uid = uid);
            if let Some(slot) = self.current.thread {
                self.fetch_users(slot, lookup.as_deref_mut());
            }
        }
    }

    /// The new effective group stands in parameter `index`.
    pub(crate) fn on_setgid(
        &mut self,
        event: &EventView<'_>,
        index: usize,
        lookup: &mut Option<&mut (dyn Lookup + '_)>,
    ) {
        if let (Some(0), Some(gid)) = (event.i64(0), event.u32(index)) {
            self.change_current(|thread| thread.gid != gid, |thread| thread.gid = gid);
            if let Some(slot) = self.current.thread {
                self.fetch_users(slot, lookup.as_deref_mut());
            }
        }
    }

    pub(crate) fn on_capset(&mut self, event: &EventView<'_>) {
        if event.i64(0).is_none_or(|res| res < 0) {
            return;
        }
        if let (Some(inheritable), Some(permitted), Some(effective)) = (event.u64(1), event.u64(2), event.u64(3)) {
            self.set_capabilities(inheritable, permitted, effective);
        }
    }

    /// A new user namespace gives all capabilities in it. The namespaces stand in parameter `index`.
    pub(crate) fn on_namespaces(&mut self, event: &EventView<'_>, index: usize) {
        let succeeded = event.i64(0).is_some_and(|res| res >= 0);
        if succeeded && event.u32(index).unwrap_or(0) & flag::CLONE_NEWUSER != 0 {
            self.set_capabilities(ALL_CAPABILITIES, ALL_CAPABILITIES, ALL_CAPABILITIES);
        }
    }

    fn set_capabilities(&mut self, inheritable: u64, permitted: u64, effective: u64) {
        let new = (inheritable, permitted, effective);
        self.change_current(
            |thread| (thread.cap_inheritable, thread.cap_permitted, thread.cap_effective) != new,
            |thread| (thread.cap_inheritable, thread.cap_permitted, thread.cap_effective) = new,
        );
    }
}
