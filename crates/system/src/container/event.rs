//! Events that tell of containers, as the reference makes and records them.

use serde_json::json;
use windhover_event::{BuildEventError, Builder, EventType};

use super::ContainerInfo;

/// The thread of events that no thread made.
const NO_THREAD: i64 = 0;
/// The number of the plugin that tells, for one that has no events of its own.
const NO_PLUGIN: u64 = 0;

impl ContainerInfo {
    /// The event by which a container becomes known, encoded.
    ///
    /// # Errors
    /// It is too long for an event.
    pub fn to_event(&self, ts: u64) -> Result<Vec<u8>, BuildEventError> {
        encode(ts, b"container", &self.to_json())
    }

    /// The event by which the container with this short id is forgotten, encoded.
    ///
    /// # Errors
    /// The id is too long for an event.
    pub fn removal_event(id: &str, ts: u64) -> Result<Vec<u8>, BuildEventError> {
        encode(ts, b"container_removed", &json!({"container": {"id": id}}).to_string())
    }
}

fn encode(ts: u64, name: &[u8], json: &str) -> Result<Vec<u8>, BuildEventError> {
    let mut bytes = Vec::with_capacity(json.len() + 64);
    let mut event = Builder::new(&mut bytes, EventType::ASYNCEVENT_E, ts, NO_THREAD);
    // The text ends with a zero, as a C string.
    event.uint(NO_PLUGIN).str(name).bytes(&[json.as_bytes(), b"\0"].concat());
    event.finish()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, System};
    use windhover_event::EventView;

    #[test]
    fn what_an_event_tells_the_model_takes_in() {
        let info = ContainerInfo {
            id: "3ad7b26ded6d".into(),
            name: "web".into(),
            labels: vec![("a".into(), "\"é\u{1}".into())],
            env: vec!["x".repeat(100_000)],
            ..ContainerInfo::default()
        };
        let mut system = System::new(Limits::default());
        let event = info.to_event(7).unwrap();
        system.apply(&EventView::parse(&event).unwrap(), None);
        assert_eq!(system.containers().collect::<Vec<_>>(), [&info]);
        let event = ContainerInfo::removal_event(&info.id, 8).unwrap();
        system.apply(&EventView::parse(&event).unwrap(), None);
        assert_eq!(system.container_count(), 0);
    }
}
