//! Why the probe could not be loaded, and what to do.

use std::io;

/// Why the probe could not be loaded or attached. Every message names the cause and a remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadProbeError {
    /// An option is out of its bounds.
    #[error("cannot load the probe: {0}")]
    Option(String),
    /// The machine is of an architecture that the probe is not built for.
    #[error("cannot load the probe: it is built for x86_64 and aarch64, not for {0}")]
    Architecture(&'static str),
    /// The kernel does not describe its types.
    #[error(
        "cannot load the probe: the kernel's type information (/sys/kernel/btf/vmlinux) is missing or unreadable: \
         {0}; a kernel of 5.8 or later built with CONFIG_DEBUG_INFO_BTF is needed, and /sys must be mounted"
    )]
    TypeInformation(String),
    /// The kernel lacks a feature that everything rests on.
    #[error("cannot load the probe: this kernel ({release}) has no {feature}; Linux 5.8 or later is needed")]
    Kernel {
        /// The running kernel's release.
        release: String,
        /// What it lacks.
        feature: &'static str,
    },
    /// The process may not do this.
    #[error("cannot load the probe: the kernel refused {what} ({cause}); {remedy}")]
    Permission {
        /// What was tried.
        what: String,
        /// What the kernel answered.
        cause: io::Error,
        /// What is missing.
        remedy: String,
    },
    /// The kernel has no memory for the maps.
    #[error("cannot load the probe: no memory for {what} ({cause}); choose smaller or fewer ring buffers")]
    Memory {
        /// What was to be made.
        what: String,
        /// What the kernel answered.
        cause: io::Error,
    },
    /// The kernel's verifier refused a program, or the kernel's types are not what was expected.
    #[error(
        "cannot load the probe: {what}: {reason}; this is a bug of the probe, please report it with this kernel's release ({release})"
    )]
    Refused {
        /// What was tried.
        what: String,
        /// What went wrong, the end of the verifier's log included.
        reason: String,
        /// The running kernel's release.
        release: String,
    },
}

/// Why a map of the loaded probe could not be read or written: its descriptor was closed or the kernel ran out of memory.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what} of the probe: {reason}")]
pub struct ProbeMapError {
    pub(crate) what: &'static str,
    pub(crate) reason: String,
}

/// Longest piece of a verifier's log that goes into a message.
const LOG_TAIL: usize = 600;

/// An error and its causes, joined; long verifier logs are cut to their end, which says what was wrong.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    match text.char_indices().nth_back(LOG_TAIL) {
        Some((start, _)) => format!("…{}", &text[start..]),
        None => text,
    }
}

/// The operating system's error at the root of an error, if there is one.
pub(crate) fn root_os_error(error: &(dyn std::error::Error + 'static)) -> Option<i32> {
    let mut at = Some(error);
    while let Some(error) = at {
        if let Some(code) = error.downcast_ref::<io::Error>().and_then(io::Error::raw_os_error) {
            return Some(code);
        }
        at = error.source();
    }
    None
}

/// Sorts a failure of the loader by what can be done about it.
pub(crate) fn classify(what: &str, error: &(dyn std::error::Error + 'static)) -> LoadProbeError {
    let code = root_os_error(error);
    let cause = || io::Error::from_raw_os_error(code.unwrap_or_default());
    match code {
        Some(libc::EPERM | libc::EACCES) if !is_verdict(error) => LoadProbeError::Permission {
            what: what.to_owned(),
            cause: cause(),
            remedy: crate::system::privilege_remedy(),
        },
        Some(libc::ENOMEM) => LoadProbeError::Memory { what: what.to_owned(), cause: cause() },
        _ => LoadProbeError::Refused {
            what: what.to_owned(),
            reason: chain(error),
            release: crate::system::kernel_release(),
        },
    }
}

/// The verifier also answers EACCES; then there is a log.
fn is_verdict(error: &(dyn std::error::Error + 'static)) -> bool {
    chain(error).contains("processed ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_by_privilege_names_the_remedy() {
        let error = io::Error::from_raw_os_error(libc::EPERM);
        let text = classify("the map `counts`", &error).to_string();
        assert!(text.contains("the kernel refused the map `counts`"), "{text}");
        assert!(text.contains("CAP_BPF"), "{text}");
    }

    #[test]
    fn a_verdict_keeps_the_end_of_the_log() {
        let log = format!("{} R1 is wrong; processed 12 insns", "x".repeat(5000));
        let text = classify("the program `x`", &io::Error::other(log)).to_string();
        assert!(text.contains("R1 is wrong") && text.len() < 1000, "{text}");
    }
}
