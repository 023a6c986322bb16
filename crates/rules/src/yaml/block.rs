//! The header of a block scalar: `|` or `>`, how trailing line breaks are kept, and an indentation given by hand.

use super::YamlError;
use super::cursor::Cursor;
use super::node::Style;
use super::scalar::{Chomp, Fold, Rules};

/// Reads a header and leaves the cursor at its line's end. `parent` is the column of the collection it stands in.
pub(super) fn header(cursor: &mut Cursor<'_>, parent: Option<usize>) -> Result<Rules, YamlError> {
    let folded = cursor.peek() == Some(b'>');
    cursor.skip(1);
    let (mut chomp, mut indent, mut detect_indent) = (Chomp::Clip, 1, true);
    let (mut chomp_seen, mut digit_seen) = (false, false);
    while let Some(next) = cursor.peek() {
        match next {
            b'+' | b'-' if !chomp_seen => {
                chomp_seen = true;
                chomp = if next == b'+' { Chomp::Keep } else { Chomp::Strip };
            }
            b'0' if !digit_seen => {
                return Err(YamlError::new(cursor.offset(), "an indentation of 0 is not possible for a block scalar"));
            }
            b'1'..=b'9' if !digit_seen => {
                digit_seen = true;
                detect_indent = false;
                indent = usize::from(next - b'0');
            }
            _ => break,
        }
        cursor.skip(1);
    }
    while cursor.blank() {
        cursor.skip(1);
    }
    if cursor.peek() == Some(b'#') {
        cursor.skip_to_line_break();
    }
    if !cursor.at_end() && cursor.line_break() == 0 {
        return Err(YamlError::new(
            cursor.offset(),
            "text behind the `|` or `>` of a block scalar: it must start on the next line",
        ));
    }
    let (style, fold) = if folded { (Style::Folded, Fold::Block) } else { (Style::Literal, Fold::Keep) };
    Ok(Rules { style, in_flow: false, fold, chomp, indent: indent + parent.unwrap_or(0), detect_indent })
}
