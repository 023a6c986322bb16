//! Tokens to trees.

use std::collections::HashMap;

use super::node::{Kind, Mapping, Node, Scalar, Style};
use super::scan::Scanner;
use super::token::{Token, TokenKind};
use super::{Limits, YamlError};

/// What repeating one node by an alias is taken to cost, beside its text.
const NODE_BYTES: usize = 128;

/// Reads all documents of a text.
///
/// # Errors
/// The first thing that is not YAML (as the reference's library sees it), or a bound of `limits` reached.
pub fn parse(text: &str, limits: Limits) -> Result<Vec<Node>, YamlError> {
    if u32::try_from(text.len()).is_err() {
        return Err(YamlError::new(0, "the text is larger than 4 GiB"));
    }
    let mut builder =
        Builder { scanner: Scanner::new(text), limits, alias_bytes: 0, anchors: HashMap::new(), depth: 0 };
    let mut documents = Vec::new();
    loop {
        let before = builder.scanner.taken();
        while builder.skip_if(&TokenKind::Directive)? {}
        let Some(first) = builder.scanner.peek()? else { return Ok(documents) };
        let start = first.start;
        builder.anchors.clear();
        documents.push(builder.document()?);
        if builder.scanner.taken() == before {
            return Err(YamlError::new(start, "no document can start with this"));
        }
    }
}

/// An anchored node and what a copy of it costs. While the node is being read there is none.
struct Anchored {
    node: Option<Node>,
    cost: usize,
}

struct Builder<'a> {
    scanner: Scanner<'a>,
    limits: Limits,
    alias_bytes: usize,
    anchors: HashMap<String, Anchored>,
    depth: usize,
}

/// The kind of collection around a node: only inside `[…]` may `key: value` stand without brackets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Around {
    FlowSequence,
    Other,
}

impl Builder<'_> {
    fn document(&mut self) -> Result<Node, YamlError> {
        self.skip_if(&TokenKind::DocumentStart)?;
        let root = self.node(Around::Other)?;
        while self.skip_if(&TokenKind::DocumentEnd)? {}
        Ok(root)
    }

    fn peek_is(&mut self, kind: &TokenKind) -> Result<bool, YamlError> {
        Ok(self.scanner.peek()?.is_some_and(|token| token.kind == *kind))
    }

    fn skip_if(&mut self, kind: &TokenKind) -> Result<bool, YamlError> {
        let skips = self.peek_is(kind)?;
        if skips {
            self.scanner.next()?;
        }
        Ok(skips)
    }

    fn null_here(&mut self) -> Result<Node, YamlError> {
        let at = match self.scanner.peek()? {
            Some(token) => token.start,
            None => self.scanner.offset(),
        };
        Ok(Node { kind: Kind::Null, span: at as u32..at as u32 })
    }

    fn node(&mut self, around: Around) -> Result<Node, YamlError> {
        self.depth += 1;
        if self.depth > self.limits.depth {
            return Err(YamlError::new(
                self.scanner.offset(),
                format!("collections are nested deeper than {}", self.limits.depth),
            ));
        }
        let node = self.node_within_depth(around);
        self.depth -= 1;
        node
    }

    fn node_within_depth(&mut self, around: Around) -> Result<Node, YamlError> {
        let Some(token) = self.scanner.peek()? else { return self.null_here() };
        if token.kind == TokenKind::Value {
            return self.compact_mapping();
        }
        if let TokenKind::Alias(name) = &token.kind {
            let (name, start) = (name.clone(), token.start);
            self.scanner.next()?;
            return self.alias(&name, start);
        }
        let start = token.start;
        let (anchor, tagged) = self.properties()?;
        if let Some(name) = &anchor {
            self.anchors.insert(name.clone(), Anchored { node: None, cost: 0 });
        }
        let node = self.content(around, start, tagged)?;
        if let Some(name) = anchor {
            let cost = cost(&node);
            self.anchors.insert(name, Anchored { node: Some(node.clone()), cost });
        }
        Ok(node)
    }

    fn properties(&mut self) -> Result<(Option<String>, bool), YamlError> {
        let (mut anchor, mut tagged) = (None, false);
        loop {
            match self.scanner.peek()? {
                Some(Token { kind: TokenKind::Tag, start, .. }) => {
                    if tagged {
                        return Err(YamlError::new(*start, "a second tag for one value"));
                    }
                    tagged = true;
                }
                Some(Token { kind: TokenKind::Anchor(name), start, .. }) => {
                    if anchor.is_some() {
                        return Err(YamlError::new(*start, "a second anchor for one value"));
                    }
                    anchor = Some(name.clone());
                }
                _ => return Ok((anchor, tagged)),
            }
            self.scanner.next()?;
        }
    }

    fn content(&mut self, around: Around, start: usize, tagged: bool) -> Result<Node, YamlError> {
        let Some(token) = self.scanner.peek()? else { return Ok(empty(start, tagged)) };
        match token.kind {
            TokenKind::Scalar(_) => {
                let Some(Token { kind: TokenKind::Scalar(scalar), start, end, .. }) = self.scanner.next()? else {
                    return Ok(empty(start, tagged));
                };
                let null = scalar.style == Style::Plain
                    && !tagged
                    && matches!(scalar.text.as_str(), "" | "~" | "null" | "Null" | "NULL");
                let kind = if null { Kind::Null } else { Kind::Scalar(scalar) };
                Ok(Node { kind, span: start as u32..end as u32 })
            }
            TokenKind::BlockSequenceStart => self.block_sequence(),
            TokenKind::FlowSequenceStart => self.flow_sequence(),
            TokenKind::BlockMappingStart => self.block_mapping(),
            TokenKind::FlowMappingStart => self.flow_mapping(),
            TokenKind::Key if around == Around::FlowSequence => self.compact_mapping(),
            _ => Ok(empty(start, tagged)),
        }
    }

    fn alias(&mut self, name: &str, at: usize) -> Result<Node, YamlError> {
        let Some(anchored) = self.anchors.get(name) else {
            return Err(YamlError::new(
                at,
                format!("`*{name}` refers to an anchor that is not defined: put it in quotes if it is text"),
            ));
        };
        let Some(node) = &anchored.node else {
            return Err(YamlError::new(at, format!("`*{name}` stands inside the value that it refers to")));
        };
        self.alias_bytes = self.alias_bytes.saturating_add(anchored.cost);
        if self.alias_bytes > self.limits.alias_bytes {
            return Err(YamlError::new(at, format!("aliases repeat more than {} bytes", self.limits.alias_bytes)));
        }
        Ok(node.clone())
    }

    fn block_sequence(&mut self) -> Result<Node, YamlError> {
        let start = self.scanner.next()?.map_or(0, |token| token.start);
        let mut items = Vec::new();
        loop {
            match self.scanner.next()? {
                Some(Token { kind: TokenKind::BlockEnd, .. }) => return Ok(collection(Kind::Sequence(items), start)),
                Some(Token { kind: TokenKind::BlockEntry, .. }) => {}
                Some(token) => {
                    return Err(YamlError::new(
                        token.start,
                        "expected another `-` entry here, or the end of the sequence: check the indentation",
                    ));
                }
                None => return Err(YamlError::new(self.scanner.offset(), "the text ends inside a sequence")),
            }
            let empty = self.peek_is(&TokenKind::BlockEntry)? || self.peek_is(&TokenKind::BlockEnd)?;
            items.push(if empty { self.null_here()? } else { self.node(Around::Other)? });
        }
    }

    fn flow_sequence(&mut self) -> Result<Node, YamlError> {
        let start = self.scanner.next()?.map_or(0, |token| token.start);
        let mut items = Vec::new();
        loop {
            match self.scanner.peek()? {
                None => return Err(YamlError::new(start, "this `[` is never closed")),
                Some(Token { kind: TokenKind::FlowSequenceEnd, end, .. }) => {
                    let span = start as u32..*end as u32;
                    self.scanner.next()?;
                    return Ok(Node { kind: Kind::Sequence(items), span });
                }
                Some(_) => items.push(self.node(Around::FlowSequence)?),
            }
            match self.scanner.peek()? {
                None => return Err(YamlError::new(start, "this `[` is never closed")),
                Some(Token { kind: TokenKind::FlowEntry, .. }) => {
                    self.scanner.next()?;
                }
                Some(Token { kind: TokenKind::FlowSequenceEnd, .. }) => {}
                Some(token) => return Err(YamlError::new(token.start, "expected `,` or `]` here")),
            }
        }
    }

    fn block_mapping(&mut self) -> Result<Node, YamlError> {
        let start = self.scanner.next()?.map_or(0, |token| token.start);
        let mut mapping = Mapping::default();
        loop {
            match self.scanner.peek()? {
                Some(Token { kind: TokenKind::BlockEnd, .. }) => {
                    self.scanner.next()?;
                    return Ok(collection(Kind::Mapping(mapping), start));
                }
                Some(Token { kind: TokenKind::Key | TokenKind::Value, .. }) => {
                    let pair = self.pair()?;
                    mapping.pairs.push(pair);
                }
                Some(token) => {
                    return Err(YamlError::new(
                        token.start,
                        "expected another key here, or the end of the mapping: check the indentation",
                    ));
                }
                None => return Err(YamlError::new(self.scanner.offset(), "the text ends inside a mapping")),
            }
        }
    }

    fn flow_mapping(&mut self) -> Result<Node, YamlError> {
        let start = self.scanner.next()?.map_or(0, |token| token.start);
        let mut mapping = Mapping::default();
        loop {
            match self.scanner.peek()? {
                None => return Err(YamlError::new(start, "this `{` is never closed")),
                Some(Token { kind: TokenKind::FlowMappingEnd, end, .. }) => {
                    let span = start as u32..*end as u32;
                    self.scanner.next()?;
                    return Ok(Node { kind: Kind::Mapping(mapping), span });
                }
                Some(_) => {
                    let pair = self.pair()?;
                    mapping.pairs.push(pair);
                }
            }
            match self.scanner.peek()? {
                None => return Err(YamlError::new(start, "this `{` is never closed")),
                Some(Token { kind: TokenKind::FlowEntry, .. }) => {
                    self.scanner.next()?;
                }
                Some(Token { kind: TokenKind::FlowMappingEnd, .. }) => {}
                Some(token) => return Err(YamlError::new(token.start, "expected `,` or `}` here")),
            }
        }
    }

    /// A single pair without brackets of its own, as `[a: b]` and a lone `: b` have it.
    fn compact_mapping(&mut self) -> Result<Node, YamlError> {
        let pair = self.pair()?;
        let start = pair.0.span.start as usize;
        Ok(collection(Kind::Mapping(Mapping { pairs: vec![pair] }), start))
    }

    fn pair(&mut self) -> Result<(Node, Node), YamlError> {
        let key = if self.skip_if(&TokenKind::Key)? { self.node(Around::Other)? } else { self.null_here()? };
        let value = if self.skip_if(&TokenKind::Value)? { self.node(Around::Other)? } else { self.null_here()? };
        Ok((key, value))
    }
}

/// A value that is not written: null, or empty text if a tag says that it is a value.
fn empty(at: usize, tagged: bool) -> Node {
    let kind = match tagged {
        true => Kind::Scalar(Scalar { text: String::new(), style: Style::Plain, pieces: Vec::new() }),
        false => Kind::Null,
    };
    Node { kind, span: at as u32..at as u32 }
}

/// A block collection: it ends with its last child.
fn collection(kind: Kind, start: usize) -> Node {
    let end = match &kind {
        Kind::Sequence(items) => items.last().map(|item| item.span.end),
        Kind::Mapping(mapping) => mapping.pairs.last().map(|(key, value)| key.span.end.max(value.span.end)),
        Kind::Null | Kind::Scalar(_) => None,
    };
    let start = start as u32;
    Node { kind, span: start..end.unwrap_or(start).max(start) }
}

fn cost(node: &Node) -> usize {
    NODE_BYTES
        + match &node.kind {
            Kind::Null => 0,
            Kind::Scalar(scalar) => scalar.text.len() + scalar.pieces.len() * size_of::<super::Piece>(),
            Kind::Sequence(items) => items.iter().map(cost).sum(),
            Kind::Mapping(mapping) => mapping.pairs.iter().map(|(key, value)| cost(key) + cost(value)).sum(),
        }
}
