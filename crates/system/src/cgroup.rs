//! Which container a control group belongs to, by the runtimes' ways to name control groups.

use crate::container::container_kind;

/// Characters of a full id that a short id keeps.
const SHORT: usize = 12;

/// Characters of a full id.
const FULL: usize = 64;

/// A container found by the name of a control group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CgroupMatch<'a> {
    /// [`container_kind`] number of the first runtime that names control groups like this one. Several do, so the
    /// container may be another runtime's.
    pub kind: u32,
    /// Short id.
    pub id: &'a [u8],
    /// Id as far as the control group tells it.
    pub full_id: &'a [u8],
}

/// The container that control groups belong to, as a thread's list has them: `subsystem=path`, each with a NUL behind it.
pub fn match_cgroups(list: &[u8]) -> Option<CgroupMatch<'_>> {
    list.split(|byte| *byte == 0).find_map(|entry| {
        let at = entry.iter().position(|byte| *byte == b'=')?;
        match_cgroup(&entry[at + 1..])
    })
}

/// The container that the control group with this path belongs to; `None` for the host's.
///
/// Runtimes are tried in a fixed order: podman, docker, CRI, containerd, LXC, libvirt's LXC, BPM.
pub fn match_cgroup(path: &[u8]) -> Option<CgroupMatch<'_>> {
    const MATCHERS: [(u32, Matcher); 7] = [
        (container_kind::PODMAN, |path| framed_any(path, PODMAN)),
        (container_kind::DOCKER, |path| framed_any(path, DOCKER)),
        (container_kind::CRI, |path| framed_any(path, CRI)),
        (container_kind::CONTAINERD, containerd),
        (container_kind::LXC, lxc),
        (container_kind::LIBVIRT_LXC, libvirt_lxc),
        (container_kind::BPM, bpm),
    ];
    MATCHERS.iter().find_map(|(kind, matcher)| {
        let full_id = matcher(path)?;
        let short = !matches!(*kind, container_kind::LXC | container_kind::LIBVIRT_LXC | container_kind::BPM);
        let len = if short { full_id.len().min(SHORT) } else { full_id.len() };
        Some(CgroupMatch { kind: *kind, id: &full_id[..len], full_id })
    })
}

/// Finds a runtime's id in a path.
type Matcher = fn(&[u8]) -> Option<&[u8]>;

/// Text before and behind the id.
type Frame = (&'static [u8], &'static [u8]);

const PODMAN: &[Frame] = &[
    (b"/libpod-", b".scope"),
    (b"/libpod-", b".scope/container"),
    (b"/libpod-", b""),
    (b"/libpod-payload-", b".scope"),
    (b"/libpod-payload-", b".scope/container"),
    (b"/libpod-payload-", b""),
];

const DOCKER: &[Frame] = &[(b"/", b""), (b"/docker-", b".scope")];

const CRI: &[Frame] = &[
    (b"/", b""),
    (b"/crio-", b""),
    (b"/cri-containerd-", b".scope"),
    (b"/crio-", b".scope"),
    (b":cri-containerd:", b""),
    (b"/docker-", b".scope"),
    (b"/nerdctl-", b".scope"),
];

fn framed_any<'a>(path: &'a [u8], frames: &[Frame]) -> Option<&'a [u8]> {
    frames.iter().find_map(|frame| framed(path, *frame))
}

/// A full id between the last prefix and the last suffix. As in the reference a character that is no hexadecimal digit
/// only counts where it lies among the first 64 of the whole path.
fn framed(path: &[u8], (prefix, suffix): Frame) -> Option<&[u8]> {
    let start = rfind(path, prefix)? + prefix.len();
    let end = if suffix.is_empty() { path.len() } else { rfind(path, suffix)? };
    let id = path.get(start..end).filter(|id| id.len() == FULL)?;
    let other = path[start..].iter().position(|byte| !byte.is_ascii_hexdigit());
    other.is_none_or(|at| start + at >= FULL).then_some(id)
}

/// What looks like one of containerd's namespaces and is podman's own, with its monitors of containers.
const PODMAN_PARENT: &[u8] = b"libpod_parent";

/// `/NAMESPACE/…/ID`, where neither is the name of a systemd unit: services divide their own groups as they like.
fn containerd(path: &[u8]) -> Option<&[u8]> {
    let rest = path.strip_prefix(b"/")?;
    let namespace = &rest[..find(rest, b"/")?];
    let words = || namespace.split(|byte| matches!(byte, b'.' | b'_' | b'-'));
    if !words().all(|word| !word.is_empty() && word.iter().all(u8::is_ascii_alphanumeric)) {
        return None;
    }
    let id = &path[rfind(path, b"/")? + 1..];
    let is_unit = |text: &[u8]| [&b".service"[..], b".slice", b".scope"].iter().any(|suffix| text.ends_with(suffix));
    let fits = !id.is_empty() && id.len() <= FULL;
    (fits && !is_unit(id) && !is_unit(namespace) && namespace != PODMAN_PARENT).then_some(id)
}

fn lxc(path: &[u8]) -> Option<&[u8]> {
    [&b"/lxc/"[..], b"/lxc.payload/", b"/lxc.payload."].iter().find_map(|prefix| segment_behind(path, prefix))
}

fn libvirt_lxc(path: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = path.strip_suffix(b".libvirt-lxc") {
        return non_empty(&rest[rfind(rest, b"/")? + 1..]);
    }
    let unit = path.strip_suffix(b"/libvirt").unwrap_or(path);
    if let Some(rest) = unit.strip_suffix(b".scope") {
        let prefix = b"-lxc\\x2d";
        if let Some(at) = find(rest, prefix) {
            return non_empty(&rest[at + prefix.len()..]);
        }
    }
    segment_behind(path, b"/libvirt/lxc/")
}

fn bpm(path: &[u8]) -> Option<&[u8]> {
    let prefix = b"bpm-";
    let start = find(path, prefix)? + prefix.len();
    let end = rfind(path, b".scope")?;
    let id = path.get(start..end)?;
    let known = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if id.iter().all(known) { non_empty(id) } else { None }
}

/// What stands between `prefix` and the next `/`.
fn segment_behind<'a>(path: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let rest = &path[find(path, prefix)? + prefix.len()..];
    non_empty(&rest[..find(rest, b"/").unwrap_or(rest.len())])
}

fn non_empty(text: &[u8]) -> Option<&[u8]> {
    (!text.is_empty()).then_some(text)
}

fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len()).position(|window| window == needle)
}

fn rfind(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len()).rposition(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e";

    #[test]
    fn each_runtime_is_known_by_its_control_groups() {
        let cases = [
            (format!("/docker/{ID}"), Some((container_kind::DOCKER, &ID[..12]))),
            (format!("/system.slice/docker-{ID}.scope"), Some((container_kind::DOCKER, &ID[..12]))),
            (format!("/libpod_parent/libpod-{ID}"), Some((container_kind::PODMAN, &ID[..12]))),
            (format!("/machine.slice/libpod-{ID}.scope/container"), Some((container_kind::PODMAN, &ID[..12]))),
            (
                format!("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{ID}.scope"),
                Some((container_kind::PODMAN, &ID[..12])),
            ),
            (format!("/kubepods/besteffort/pod1b0f/{ID}"), Some((container_kind::DOCKER, &ID[..12]))),
            (
                format!("/kubepods.slice/kubepods-pod1.slice/cri-containerd-{ID}.scope"),
                Some((container_kind::CRI, &ID[..12])),
            ),
            (format!("/kubepods.slice/x.slice/crio-{ID}.scope"), Some((container_kind::CRI, &ID[..12]))),
            (
                format!("/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:{ID}"),
                Some((container_kind::CRI, &ID[..12])),
            ),
            ("/default/redis-test-container".into(), Some((container_kind::CONTAINERD, "redis-test-c"))),
            ("/default/short".into(), Some((container_kind::CONTAINERD, "short"))),
            ("/lxc.payload.web/init".into(), Some((container_kind::CONTAINERD, "init"))),
            ("/lxc.payload.web".into(), Some((container_kind::LXC, "web"))),
            ("/-x/lxc/web1/ns".into(), Some((container_kind::LXC, "web1"))),
            ("/machine/box.libvirt-lxc".into(), Some((container_kind::CONTAINERD, "box.libvirt-"))),
            ("/machine.slice/machine-lxc\\x2dbox.scope".into(), Some((container_kind::LIBVIRT_LXC, "box"))),
            ("/bpm-cloud.scope".into(), Some((container_kind::BPM, "cloud"))),
            ("/".into(), None),
            ("".into(), None),
            ("/init.scope".into(), None),
            ("/system.slice/demo.service".into(), None),
            ("/system.slice/demo.service/workers".into(), None),
            ("/user.slice/user-1000.slice/user@1000.service/app.slice/editor".into(), None),
            ("/init.scope/main".into(), None),
            ("/libpod_parent/conmon".into(), None),
            ("/user.slice/user-0.slice/session-1.scope".into(), None),
            (format!("/docker/{}", &ID[..63]), Some((container_kind::CONTAINERD, &ID[..12]))),
        ];
        for (path, want) in cases {
            let found = match_cgroup(path.as_bytes()).map(|found| (found.kind, found.id));
            assert_eq!(found, want.map(|(kind, id)| (kind, id.as_bytes())), "{path}");
        }
    }

    #[test]
    fn an_early_character_that_is_no_digit_spoils_the_id_a_late_one_does_not() {
        let text = format!("z{}", &ID[1..]);
        assert_eq!(framed(format!("/docker/{text}").as_bytes(), (b"/", b"")), None);
        let deep = format!("/{}/{text}", "a".repeat(70));
        assert_eq!(framed(deep.as_bytes(), (b"/", b"")), Some(text.as_bytes()));
    }
}
