//! A shell to be watched, and a probe to watch it.
#![allow(clippy::print_stdout)]

use std::io::Write as _;
use std::process::{Child, Command, Stdio};

use windhover_event::{Syscall, SyscallSet};
use windhover_probe::{LoadProbeError, Options, Probe};

/// The calls of these names.
pub fn calls(names: &[&str]) -> SyscallSet {
    names.iter().map(|name| Syscall::by_name(name).expect("a known call")).collect()
}

/// A probe, or nothing and a word of why.
pub fn load(options: Options) -> Option<Probe> {
    match Probe::load(options) {
        Ok(probe) => Some(probe),
        Err(error @ (LoadProbeError::Permission { .. } | LoadProbeError::TypeInformation(_))) => {
            println!("skipped: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// A shell that waits for its script, and ends with the test.
pub struct Shell(Child);

impl Drop for Shell {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts one.
pub fn shell() -> Shell {
    let mut command = Command::new("/bin/sh");
    Shell(command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a shell"))
}

impl Shell {
    pub fn id(&self) -> u32 {
        self.0.id()
    }
}

/// Has a shell run its script, to the end.
pub fn let_run(mut shell: Shell, script: &str) {
    writeln!(shell.0.stdin.take().expect("its input"), "{script}").expect("the shell");
    shell.0.wait().expect("the shell");
}
