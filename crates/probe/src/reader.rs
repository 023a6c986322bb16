//! The reading end of a ring buffer.
#![allow(unsafe_code)]

use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aya::maps::{MapData, RingBuf};
use windhover_event::EVENTS;

/// Events delivered, by event type; shared by all readers of a probe.
pub(crate) type Delivered = Arc<[AtomicU64]>;

/// The reading end of one ring buffer. It may be sent to the thread that works on its events.
pub struct Reader {
    ring: RingBuf<MapData>,
    delivered: Delivered,
    /// Counted here during a drain, and added to the shared counters at its end.
    pending: Box<[u32]>,
}

impl Reader {
    pub(crate) fn new(ring: RingBuf<MapData>, delivered: Delivered) -> Self {
        Self { ring, delivered, pending: vec![0; EVENTS.len()].into_boxed_slice() }
    }

    /// Hands at most `limit` waiting events to `each`, in the order in which the kernel wrote them, and gives their
    /// number. The bytes are an event's encoding ([`windhover_event::EventView::parse`]) and lie in the ring buffer
    /// itself: they are free for the kernel again when `each` returns.
    pub fn drain(&mut self, limit: usize, each: &mut impl FnMut(&[u8])) -> usize {
        let mut count = 0;
        while count < limit {
            let Some(record) = self.ring.next() else { break };
            let code = record.get(20..22).map_or(0, |code| usize::from(u16::from_le_bytes([code[0], code[1]])));
            if let Some(pending) = self.pending.get_mut(code) {
                *pending += 1;
            }
            each(&record);
            count += 1;
        }
        if count > 0 {
            for (pending, delivered) in self.pending.iter_mut().zip(self.delivered.iter()) {
                if *pending > 0 {
                    delivered.fetch_add(u64::from(*pending), Ordering::Relaxed);
                    *pending = 0;
                }
            }
        }
        count
    }

    /// Waits until the kernel says that much is waiting, at most `floor`: events that came without a wake-up are found
    /// after that time.
    pub fn wait(&self, floor: Duration) {
        let mut poll = libc::pollfd { fd: self.ring.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        let timeout = libc::timespec {
            tv_sec: floor.as_secs().try_into().unwrap_or(i32::MAX.into()),
            tv_nsec: i64::from(floor.subsec_nanos()),
        };
        // SAFETY: `poll` and `timeout` are valid and outlive the call, which writes to `poll.revents` only.
        unsafe { libc::ppoll(&mut poll, 1, &timeout, std::ptr::null()) };
    }
}
