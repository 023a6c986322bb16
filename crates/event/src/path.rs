//! Joining paths by their text, as the reference does: nothing is looked up, symbolic links stay.

/// Longest base and path together, in bytes, that are joined.
pub const MAX_PATH_LEN: usize = 1023;

/// What stands for a path that is longer.
pub const TOO_LONG: &[u8] = b"/DIR_TOO_LONG/FILENAME_TOO_LONG";

/// What stands for a directory whose descriptor is not known.
pub const UNKNOWN: &[u8] = b"<UNKNOWN>";

/// Appends `path`, seen from `base`, to `out`.
///
/// An absolute path stands for itself, else `base` (which has to end in `/`, and is taken as it is) goes before it. In
/// the path, `.` and empty components are left out, `..` takes the component before it away (also of the base, never
/// above its start), and a `/` at the end is left out. All other bytes stay as they are. Where both are together longer
/// than [`MAX_PATH_LEN`], [`TOO_LONG`] is appended instead.
///
/// ```
/// use windhover_event::path::join_path;
///
/// let mut out = Vec::new();
/// join_path(b"/srv/demo/", b"../etc//./motd", &mut out);
/// assert_eq!(out, b"/srv/etc/motd");
/// ```
pub fn join_path(base: &[u8], path: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    // Too long a base need not be copied to be found too long.
    out.extend_from_slice(&base[..base.len().min(MAX_PATH_LEN + 1)]);
    join_onto(out, start, path);
}

/// As [`join_path`], with the base already at the end of `out`, from `start` on.
pub fn join_onto(out: &mut Vec<u8>, start: usize, path: &[u8]) {
    if out.len() - start + path.len() > MAX_PATH_LEN {
        out.truncate(start);
        out.extend_from_slice(TOO_LONG);
        return;
    }
    if path.is_empty() || path[0] == b'/' {
        out.truncate(start);
    }
    if is_normal(path) {
        out.extend_from_slice(path);
    } else {
        push_normalised(out, start, path);
    }
}

/// Whether nothing in `path` has to be left out; false also for some paths of which that is true. Most paths are like
/// this, and looking at all bytes without a way out is quicker than going from one component to the next.
pub fn is_normal(path: &[u8]) -> bool {
    let (Some(&first), Some(&last)) = (path.first(), path.last()) else {
        return true;
    };
    let pairs = path.iter().zip(&path[1..]);
    let found = pairs.fold(false, |found, (&a, &b)| found | ((a == b'/') & ((b == b'/') | (b == b'.'))));
    first != b'.' && last != b'/' && !found
}

/// Appends the components of `path` to the base that `out` has from `start` on.
fn push_normalised(out: &mut Vec<u8>, start: usize, path: &[u8]) {
    let from_nothing = out.len() == start;
    let mut rest = path;
    while let Some(&first) = rest.first() {
        let at_boundary = out.len() == start || out.last() == Some(&b'/');
        if first == b'/' {
            // A relative base that `..` took away entirely must not leave an absolute path behind.
            if !at_boundary || (out.len() == start && from_nothing) {
                out.push(b'/');
            }
            rest = &rest[1..];
            continue;
        }
        let end = rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len());
        match &rest[..end] {
            b"." if at_boundary => rest = rest.get(end + 1..).unwrap_or_default(),
            b".." if at_boundary => {
                leave_component(out, start);
                rest = rest.get(end + 1..).unwrap_or_default();
            }
            component => {
                out.extend_from_slice(component);
                rest = &rest[end..];
            }
        }
    }
    if out.len() > start + 1 && out.last() == Some(&b'/') {
        out.pop();
    }
}

/// Takes the last component and its `/` away, where there is more than one byte behind `start`.
fn leave_component(out: &mut Vec<u8>, start: usize) {
    if out.len() > start + 1 {
        out.pop();
        let parent = out[start..].iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
        out.truncate(start + parent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn join(base: &str, path: &[u8]) -> Vec<u8> {
        let mut out = b"kept".to_vec();
        join_path(base.as_bytes(), path, &mut out);
        assert_eq!(&out[..4], b"kept");
        out.split_off(4)
    }

    #[test]
    fn paths_are_joined_and_normalised() {
        let table = [
            ("", "", ""),
            ("", "..", ""),
            ("/", "../", "/"),
            ("/", "..", "/"),
            ("a/", "../", ""),
            ("a", "../", "a.."),
            ("", "/foo", "/foo"),
            ("foo/", "..//a", "a"),
            ("/foo/", "..//a", "/a"),
            ("", "./", ""),
            ("", "//dir/term", "/dir/term"),
            ("/", "dir/term", "/dir/term"),
            ("", "./dir/term", "dir/term"),
            ("/tmp/", "/dir//////term/", "/dir/term"),
            ("../.../", "dir/./././../../.../term/", "../.../term"),
            ("x/", "/app/custom/dir/./././../../term/", "/app/term"),
            ("/app", "custom", "/appcustom"),
            ("app/////", "custom////term", "app/////custom/term"),
            ("/", "/", "/"),
            ("/srv/", "..hidden/...", "/srv/..hidden/..."),
            ("/srv/demo/", "../../../../etc/shadow", "/etc/shadow"),
        ];
        for (base, path, wanted) in table {
            assert_eq!(String::from_utf8_lossy(&join(base, path.as_bytes())), wanted, "{base} + {path}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_stay() {
        assert_eq!(join("/root/", b"../\xff\n\xe1"), b"/\xff\n\xe1");
    }

    #[test]
    fn long_paths_are_named_as_such() {
        let path = vec![b'a'; MAX_PATH_LEN - 1];
        assert_eq!(join("/", &path).len(), MAX_PATH_LEN);
        assert_eq!(join("/a", &path), TOO_LONG);
    }

    proptest! {
        #[test]
        fn the_short_way_gives_what_the_long_one_gives(base in "(/([a-c]{1,3}/){0,2}|x)?", path in "(/|[.]{1,2}|a){0,8}") {
            let base = if path.starts_with('/') { "" } else { &base };
            let mut long = base.as_bytes().to_vec();
            push_normalised(&mut long, 0, path.as_bytes());
            // An empty path leaves the base out, which is not for the long way to say.
            if !path.is_empty() {
                prop_assert_eq!(join(base, path.as_bytes()), long);
            }
        }

        #[test]
        fn an_absolute_path_stays_free_of_dots(base in "/([a-c.]{1,3}/){0,3}", path in "(/|[.]{1,2}|a|\\x01){0,12}") {
            let joined = join(&base, path.as_bytes());
            if !path.is_empty() && path.starts_with('/') {
                prop_assert!(joined.starts_with(b"/"));
                prop_assert!(joined == b"/" || !joined.ends_with(b"/"));
                for component in joined[1..].split(|&byte| byte == b'/').filter(|_| joined.len() > 1) {
                    prop_assert!(!matches!(component, b"" | b"." | b".."), "{:?}", component);
                }
            }
        }
    }
}
