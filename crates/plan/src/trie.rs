//! All prefixes (or suffixes) of a text among many needles, in one walk along the text.

use crate::dag::PredId;

/// From which end a text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Needles are prefixes.
    Forward,
    /// Needles are suffixes.
    Backward,
}

/// A byte trie.
#[derive(Debug)]
pub(crate) struct Trie {
    direction: Direction,
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    /// Next byte and node, few of them: searched one by one.
    edges: Vec<(u8, u32)>,
    /// Predicates whose needle ends here.
    preds: Vec<PredId>,
}

impl Trie {
    pub fn new<'a>(direction: Direction, needles: impl Iterator<Item = (&'a [u8], PredId)>) -> Self {
        let mut trie = Self { direction, nodes: vec![Node::default()] };
        for (needle, pred) in needles {
            let mut at = 0;
            for place in 0..needle.len() {
                at = trie.step_or_grow(at, direction.byte(needle, place));
            }
            trie.nodes[at].preds.push(pred);
        }
        trie
    }

    /// Appends the predicates whose needles `text` begins (or ends) with.
    pub fn find(&self, text: &[u8], hits: &mut Vec<PredId>) {
        let mut node = &self.nodes[0];
        hits.extend_from_slice(&node.preds);
        for place in 0..text.len() {
            let byte = self.direction.byte(text, place);
            let Some(&(_, next)) = node.edges.iter().find(|&&(edge, _)| edge == byte) else { return };
            node = &self.nodes[next as usize];
            hits.extend_from_slice(&node.preds);
        }
    }

    fn step_or_grow(&mut self, at: usize, byte: u8) -> usize {
        if let Some(&(_, next)) = self.nodes[at].edges.iter().find(|&&(edge, _)| edge == byte) {
            return next as usize;
        }
        let next = self.nodes.len();
        self.nodes.push(Node::default());
        self.nodes[at].edges.push((byte, next as u32));
        next
    }
}

impl Direction {
    fn byte(self, text: &[u8], place: usize) -> u8 {
        match self {
            Self::Forward => text[place],
            Self::Backward => text[text.len() - 1 - place],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prefix_is_found_and_nothing_else() {
        let needles: [&[u8]; 5] = [b"/etc/", b"/etc/ssh", b"", b"/usr", b"/etc/ssh/x"];
        let trie = Trie::new(Direction::Forward, needles.into_iter().zip(0..));
        let mut hits = Vec::new();
        trie.find(b"/etc/sshd", &mut hits);
        assert_eq!(hits, [2, 0, 1]);
    }

    #[test]
    fn every_suffix_is_found_and_nothing_else() {
        let needles: [&[u8]; 4] = [b".log", b"g", b"auth.log", b"og."];
        let trie = Trie::new(Direction::Backward, needles.into_iter().zip(0..));
        let mut hits = Vec::new();
        trie.find(b"/var/log/auth.log", &mut hits);
        assert_eq!(hits, [1, 0, 2]);
    }
}
