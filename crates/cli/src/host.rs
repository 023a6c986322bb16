//! What the command needs to know of the machine it runs on.

use std::path::{Path, PathBuf};
use std::{env, fs};

use windhover_event::time::Zone;
use windhover_outputs::LocalZone;

/// Where zone files lie by name.
const ZONES: &str = "/usr/share/zoneinfo";

/// The name that alerts carry: `FALCO_HOSTNAME` if set, else the machine's.
pub fn name() -> String {
    let given = env::var("FALCO_HOSTNAME").ok().filter(|name| !name.is_empty());
    given.unwrap_or_else(|| read("/proc/sys/kernel/hostname"))
}

/// Release of the running kernel.
pub fn kernel() -> String {
    read("/proc/sys/kernel/osrelease")
}

/// What `uname` tells, by its names.
pub fn system() -> serde_json::Value {
    let machine = Some(read("/proc/sys/kernel/arch")).filter(|arch| !arch.is_empty());
    serde_json::json!({
        "sysname": read("/proc/sys/kernel/ostype"),
        "nodename": read("/proc/sys/kernel/hostname"),
        "release": kernel(),
        "version": read("/proc/sys/kernel/version"),
        // Kernels before 6.1 do not have that file.
        "machine": machine.unwrap_or_else(|| env::consts::ARCH.to_owned()),
    })
}

/// The host's root folder, for running in a container: `HOST_ROOT`, else `/`.
pub fn root() -> PathBuf {
    env::var_os("HOST_ROOT").filter(|root| !root.is_empty()).map_or_else(|| PathBuf::from("/"), PathBuf::from)
}

/// The local zone, by `TZ` or `/etc/localtime`; UTC where neither says.
pub fn zone() -> Zone {
    let named = |name: &str| fs::read(Path::new(ZONES).join(name)).ok().and_then(|bytes| Zone::parse_file(&bytes).ok());
    let found = match env::var("TZ") {
        Ok(text) if text.is_empty() => None,
        Ok(text) => {
            let name = text.strip_prefix(':').unwrap_or(&text);
            named(name).or_else(|| Zone::parse_posix(text.as_bytes()).ok())
        }
        Err(_) => named("/etc/localtime"),
    };
    found.unwrap_or(Zone::UTC)
}

/// The same, as outputs and the log take it.
pub fn local(zone: &Zone) -> LocalZone {
    let zone = zone.clone();
    LocalZone::new(move |seconds| zone.offset_at(seconds))
}

fn read(path: &str) -> String {
    fs::read_to_string(path).map(|text| text.trim().to_owned()).unwrap_or_default()
}
