//! Version 1 events, whose header has no parameter count, given one.

use windhover_event::{EventType, HEADER_LEN};

use crate::error::ReadCaptureReason;

/// Bytes of a version 1 header: everything but the parameter count.
pub(crate) const HEADER_V1: usize = HEADER_LEN - 4;
/// By how much the length of some version 1 events is wrong.
const LENGTH_EXCESS: u32 = 3;

/// Whether writers of version 1 gave this type a length that is [`LENGTH_EXCESS`] too large.
fn has_wrong_length(kind: EventType) -> bool {
    kind == EventType::NOTIFICATION_E || kind == EventType::INFRASTRUCTURE_EVENT_E
}

/// Appends to `out`, emptied before, the version 2 form of `event`, which is of type `kind` and begins with a version 1
/// header.
pub(crate) fn to_version_2(event: &[u8], kind: EventType, out: &mut Vec<u8>) -> Result<(), ReadCaptureReason> {
    let truncated = |expected| ReadCaptureReason::Truncated { what: "event", expected, found: event.len() as u64 };
    let Some(header) = event.first_chunk::<HEADER_V1>() else {
        return Err(truncated(HEADER_V1 as u64));
    };
    let mut length = u32::from_le_bytes([header[16], header[17], header[18], header[19]]);
    if has_wrong_length(kind) {
        length = length.saturating_sub(LENGTH_EXCESS);
    }
    let Some(rest) = event.get(HEADER_V1..length as usize) else {
        return Err(truncated(length.into()));
    };
    let Some(nparams) = count_params(rest, kind.info().params.len()) else {
        return Err(ReadCaptureReason::ParamCount { code: kind.code(), length });
    };
    out.clear();
    out.extend_from_slice(&header[..16]);
    out.extend_from_slice(&(length + 4).to_le_bytes());
    out.extend_from_slice(&header[20..]);
    out.extend_from_slice(&(nparams as u32).to_le_bytes());
    out.extend_from_slice(rest);
    Ok(())
}

/// The largest count up to `most` whose lengths lead exactly to the end of `rest`, the event behind its header.
fn count_params(rest: &[u8], most: usize) -> Option<usize> {
    (0..=most).rev().find(|&count| {
        let Some(lengths) = rest.get(..count * 2) else { return false };
        let data: usize = lengths.chunks_exact(2).map(|len| usize::from(u16::from_le_bytes([len[0], len[1]]))).sum();
        lengths.len() + data == rest.len()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version_1(kind: EventType, params: &[&[u8]]) -> Vec<u8> {
        let mut event = vec![7; 16];
        let length = HEADER_V1 + params.iter().map(|param| 2 + param.len()).sum::<usize>();
        event.extend_from_slice(&(length as u32).to_le_bytes());
        event.extend_from_slice(&kind.code().to_le_bytes());
        params.iter().for_each(|param| event.extend_from_slice(&(param.len() as u16).to_le_bytes()));
        params.iter().for_each(|param| event.extend_from_slice(param));
        event
    }

    #[test]
    fn the_parameter_count_is_found_from_the_lengths() {
        let cases: [(EventType, &[&[u8]]); 4] = [
            (EventType::SYSCALL_OPEN_X, &[&[1; 8], b"/etc/passwd\0", &[1; 4], &[0; 4]]),
            (EventType::SYSCALL_CLOSE_X, &[&[0; 8]]),
            (EventType::SOCKET_SETSOCKOPT_X, &[]),
            (EventType::SYSCALL_READ_X, &[&[5; 8], b""]),
        ];
        for (kind, params) in cases {
            let mut out = vec![9; 3];
            to_version_2(&version_1(kind, params), kind, &mut out).unwrap();
            let event = windhover_event::EventView::parse(&out).unwrap();
            assert_eq!(event.kind(), kind);
            assert_eq!(event.nparams(), params.len());
            for (index, param) in params.iter().enumerate() {
                assert_eq!(event.param(index), Some(*param), "parameter {index} of {}", kind.name());
            }
        }
    }

    #[test]
    fn notifications_are_three_bytes_shorter_than_they_say() {
        let kind = EventType::NOTIFICATION_E;
        let mut event = version_1(kind, &[b"id\0", b"what\0"]);
        let length = event.len() as u32 + 3;
        event[16..20].copy_from_slice(&length.to_le_bytes());
        let mut out = Vec::new();
        to_version_2(&event, kind, &mut out).unwrap();
        let event = windhover_event::EventView::parse(&out).unwrap();
        assert_eq!((event.nparams(), event.param(1)), (2, Some(&b"what\0"[..])));
    }

    #[test]
    fn lengths_that_fit_no_count_are_refused() {
        let kind = EventType::SYSCALL_CLOSE_X;
        let mut event = version_1(kind, &[&[0; 8]]);
        event[22] = 9;
        let error = to_version_2(&event, kind, &mut Vec::new()).unwrap_err();
        assert!(matches!(error, ReadCaptureReason::ParamCount { code: 5, length: 32 }), "{error}");
        let error = to_version_2(&event[..20], kind, &mut Vec::new()).unwrap_err();
        assert!(matches!(error, ReadCaptureReason::Truncated { expected: 22, .. }), "{error}");
    }
}
