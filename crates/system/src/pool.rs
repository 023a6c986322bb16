//! Spare descriptor records, so that a process that opens and closes in a loop does not allocate.

use std::sync::Arc;

use crate::fd::Fd;

/// Enough for what one event and the next have open and closed.
const SPARE: usize = 64;

#[derive(Debug, Default)]
pub(crate) struct FdPool {
    spare: Vec<Arc<Fd>>,
}

impl FdPool {
    pub(crate) fn make(&mut self, fd: Fd) -> Arc<Fd> {
        if let Some(mut spare) = self.spare.pop()
            && let Some(place) = Arc::get_mut(&mut spare)
        {
            *place = fd;
            return spare;
        }
        Arc::new(fd)
    }

    /// Takes a record back; one that others still hold is left to them.
    pub(crate) fn recycle(&mut self, fd: Arc<Fd>) {
        if self.spare.len() < SPARE && Arc::strong_count(&fd) == 1 {
            self.spare.push(fd);
        }
    }
}
