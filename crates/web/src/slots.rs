//! Connections that are open, no more than so many: who is slow makes room for who comes.

use std::net::{Shutdown, TcpStream};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a connection is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The client is to say what it wants.
    Asking,
    /// The answer is being made.
    Answering,
    /// The client is to take it.
    Taking,
}

#[derive(Debug)]
struct Slot {
    number: u64,
    phase: Phase,
    /// Ends the connection from outside.
    stream: TcpStream,
}

/// Connections in the order in which they came.
#[derive(Debug)]
pub(crate) struct Slots {
    most: usize,
    open: Mutex<(u64, Vec<Slot>)>,
}

impl Slots {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, open: Mutex::default() }
    }

    /// Takes a connection in, and gives it a number. Where there is no room, the oldest one that waits for its client is
    /// ended; `None` where none does.
    pub(crate) fn enter(&self, stream: &TcpStream) -> Option<u64> {
        let stream = stream.try_clone().ok()?;
        let mut open = self.lock();
        let (last, slots) = &mut *open;
        if slots.len() >= self.most {
            let slowest = slots.iter().position(|slot| slot.phase != Phase::Answering)?;
            // Its thread sees the end, and ends.
            _ = slots.remove(slowest).stream.shutdown(Shutdown::Both);
        }
        *last += 1;
        slots.push(Slot { number: *last, phase: Phase::Asking, stream });
        Some(*last)
    }

    pub(crate) fn set_phase(&self, number: u64, phase: Phase) {
        if let Some(slot) = self.lock().1.iter_mut().find(|slot| slot.number == number) {
            slot.phase = phase;
        }
    }

    pub(crate) fn leave(&self, number: u64) {
        self.lock().1.retain(|slot| slot.number != number);
    }

    fn lock(&self) -> MutexGuard<'_, (u64, Vec<Slot>)> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn the_oldest_that_waits_for_its_client_makes_room() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let connect = || {
            let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            (client, listener.accept().unwrap().0)
        };
        let slots = Slots::new(2);
        let (mut first, mut second) = (connect(), connect());
        assert_eq!((slots.enter(&first.1), slots.enter(&second.1)), (Some(1), Some(2)));
        slots.set_phase(1, Phase::Answering);
        let third = connect();
        assert_eq!(slots.enter(&third.1), Some(3));
        assert_eq!(second.0.read(&mut [0]).unwrap(), 0, "the second has been ended");
        slots.set_phase(3, Phase::Answering);
        let fourth = connect();
        assert_eq!(slots.enter(&fourth.1), None, "both are being answered");
        slots.set_phase(1, Phase::Taking);
        assert_eq!(slots.enter(&fourth.1), Some(4));
        assert_eq!(first.0.read(&mut [0]).unwrap(), 0, "the first has been ended");
        slots.leave(3);
        assert_eq!(slots.enter(&second.1), Some(5));
    }
}
