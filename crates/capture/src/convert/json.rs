//! Container events of the first kind, as JSON.

use std::fmt::Write as _;

use windhover_event::EventView;

/// The object that later container events carry as text, from the parameters id, type (a number), name and image; with
/// the NUL at its end that strings have in events.
pub(super) fn container(event: EventView<'_>) -> Vec<u8> {
    let mut json = String::from("{\"id\":");
    put_text(&mut json, event.param(0));
    let kind = event.param(1).and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| u32::from_le_bytes(*bytes));
    let _ = write!(json, ",\"type\":{kind},\"name\":");
    put_text(&mut json, event.param(2));
    json.push_str(",\"image\":");
    put_text(&mut json, event.param(3));
    json.push_str("}\0");
    json.into_bytes()
}

fn put_text(json: &mut String, param: Option<&[u8]>) {
    let text = param.unwrap_or_default();
    let text = text.split(|&byte| byte == 0).next().unwrap_or_default();
    json.push('"');
    for character in String::from_utf8_lossy(text).chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            control if control < ' ' => {
                let _ = write!(json, "\\u{:04x}", u32::from(control));
            }
            other => json.push(other),
        }
    }
    json.push('"');
}
