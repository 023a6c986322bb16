//! What every runtime can be asked, whatever it speaks.

use std::path::Path;
use std::time::Duration;

use windhover_system::ContainerInfo;

use crate::ask::AskError;

/// Bytes of a list of containers at most.
pub(crate) const MAX_LIST: usize = 16 << 20;

/// A runtime behind a socket.
pub(crate) trait Runtime: Send {
    /// Where it listens.
    fn socket(&self) -> &Path;

    /// The full ids of all containers, running or not.
    fn list(&self) -> Result<Vec<String>, AskError>;

    /// The container whose id begins so; `None` where this runtime has none.
    fn inspect(&self, id: &str) -> Result<Option<ContainerInfo>, AskError>;

    /// Starts to watch what happens to containers.
    fn events(&self) -> Result<Box<dyn Events>, AskError>;
}

/// Events as they come.
pub(crate) trait Events {
    /// The next thing that happens; `None` where nothing of interest did for about so long.
    fn next(&mut self, wait: Duration) -> Result<Option<Happening>, AskError>;
}

/// What happened to a container, by its full id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Happening {
    Created(String),
    Started(String),
    Removed(String),
}
