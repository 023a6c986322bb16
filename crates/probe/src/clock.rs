//! The clock that stamps events.
#![allow(unsafe_code)]

/// The boot clock, moved to the epoch: what the kernel's side reads. Later steps of the wall clock are not followed.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    boot_time: u64,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self { boot_time: boot_time() }
    }

    pub(crate) fn boot_time(self) -> u64 {
        self.boot_time
    }

    /// Nanoseconds since the epoch.
    pub fn now(self) -> u64 {
        self.boot_time.wrapping_add(u64::try_from(clock(libc::CLOCK_BOOTTIME)).unwrap_or(0))
    }
}

fn clock(id: libc::clockid_t) -> i128 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid timespec that the call fills in.
    unsafe { libc::clock_gettime(id, &mut time) };
    i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec)
}

/// Nanoseconds from the epoch to the boot clock's zero, from the closest of a few readings.
fn boot_time() -> u64 {
    let reading = |_| {
        let before = clock(libc::CLOCK_BOOTTIME);
        let wall = clock(libc::CLOCK_REALTIME);
        let after = clock(libc::CLOCK_BOOTTIME);
        (after - before, wall - (before + after) / 2)
    };
    let offset = (0..8).map(reading).min().map_or(0, |(_, offset)| offset);
    u64::try_from(offset).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boot_clock_started_in_the_past() {
        let now = u64::try_from(clock(libc::CLOCK_REALTIME)).unwrap();
        let boot = boot_time();
        assert!(boot < now && boot > 1_000_000_000_000_000_000, "{boot} {now}");
        assert!(Clock::new().now().abs_diff(now) < 3_600_000_000_000);
    }
}
