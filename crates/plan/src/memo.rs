//! What has been found out about nodes, forgotten in one step.

use crate::dag::NodeId;

/// A map from nodes to what became of them. Clearing it costs nothing, however large the graph is.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    entries: Vec<(u32, NodeId)>,
    now: u32,
}

impl Memo {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.now = self.now.wrapping_add(1);
        if self.now == 0 {
            // The counter went round: entries of long ago must not look like new ones.
            self.entries.clear();
            self.now = 1;
        }
    }

    pub fn get(&self, node: NodeId) -> Option<NodeId> {
        let &(stamp, result) = self.entries.get(node as usize)?;
        (stamp == self.now).then_some(result)
    }

    pub fn set(&mut self, node: NodeId, result: NodeId) {
        let at = node as usize;
        if at >= self.entries.len() {
            self.entries.resize(at + 1, (0, 0));
        }
        self.entries[at] = (self.now, result);
    }
}
