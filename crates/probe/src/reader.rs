//! The reading end of a ring buffer.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use aya::maps::{MapData, RingBuf};
use windhover_event::EVENTS;

use crate::system::page_bytes;

/// Events delivered, by event type; shared by all readers of a probe.
pub(crate) type Delivered = Arc<[AtomicU64]>;

/// How often a processor that is still writing is waited for.
const MOMENTS: u32 = 10_000;

/// The two counters of a ring buffer, which the kernel shows in its first two pages: how many bytes were read, and written.
#[derive(Debug)]
struct Positions {
    pages: NonNull<u8>,
    page: usize,
}

// SAFETY: the pages are only read, by atomic loads, and belong to this value until it is dropped.
unsafe impl Send for Positions {}

impl Positions {
    fn of(ring: RawFd) -> io::Result<Self> {
        let page = page_bytes() as usize;
        // SAFETY: a new mapping of two pages of the ring buffer, at an address of the kernel's choice, touches no memory of
        // ours.
        let pages = unsafe { libc::mmap(std::ptr::null_mut(), 2 * page, libc::PROT_READ, libc::MAP_SHARED, ring, 0) };
        if pages == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let pages = NonNull::new(pages.cast()).ok_or_else(|| io::Error::other("no address"))?;
        Ok(Self { pages, page })
    }

    fn consumer(&self) -> usize {
        self.load(0)
    }

    fn producer(&self) -> usize {
        self.load(self.page)
    }

    fn load(&self, offset: usize) -> usize {
        // SAFETY: `offset` is 0 or one page, so the counter lies in the mapping, at its page's beginning and so aligned; the
        // kernel and our own reading end change it by atomic stores only.
        let counter = unsafe { self.pages.add(offset).cast::<AtomicUsize>().as_ref() };
        counter.load(Ordering::Acquire)
    }
}

impl Drop for Positions {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and nothing refers to it any more.
        unsafe { libc::munmap(self.pages.as_ptr().cast(), 2 * self.page) };
    }
}

/// Tells how full a ring buffer is.
#[derive(Debug)]
pub struct RingGauge(Positions);

impl RingGauge {
    /// Bytes that were written and not read.
    pub fn waiting(&self) -> usize {
        // What is read moves on meanwhile; this order may give too much, and never wraps.
        let consumer = self.0.consumer();
        self.0.producer().wrapping_sub(consumer)
    }
}

/// The reading end of one ring buffer. It may be sent to the thread that works on its events.
pub struct Reader {
    ring: RingBuf<MapData>,
    positions: Positions,
    delivered: Delivered,
    /// Counted here during a drain, and added to the shared counters at its end.
    pending: Box<[u32]>,
}

impl Reader {
    pub(crate) fn new(ring: RingBuf<MapData>, delivered: Delivered) -> io::Result<Self> {
        let positions = Positions::of(ring.as_raw_fd())?;
        Ok(Self { ring, positions, delivered, pending: vec![0; EVENTS.len()].into_boxed_slice() })
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

    /// Hands over everything that the kernel had begun to write when this was called, even if it has to wait a moment for a
    /// processor that is still writing.
    pub fn drain_all(&mut self, each: &mut impl FnMut(&[u8])) {
        let end = self.positions.producer();
        for _ in 0..MOMENTS {
            self.drain(usize::MAX, each);
            if self.positions.consumer().wrapping_sub(end) as isize >= 0 {
                break;
            }
            std::thread::yield_now();
        }
    }

    /// What tells how full the ring buffer is, also when the reader is elsewhere.
    ///
    /// # Errors
    /// The ring buffer's counters cannot be mapped once more.
    pub fn gauge(&self) -> io::Result<RingGauge> {
        Positions::of(self.ring.as_raw_fd()).map(RingGauge)
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
