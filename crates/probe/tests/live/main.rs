//! Every system call that has an event type of its own, made once for real: the parameters of its event must be those
//! that the program passed. Needs root and a kernel with BTF; says so and passes where it may not run.
//!
//! The program that is watched is this one, started anew with the argument `deeds`. It writes down what it did and
//! expects; the watching side compares.

#![allow(clippy::print_stdout)]
#![allow(unsafe_code)] // the deeds are raw system calls

#[cfg(target_arch = "x86_64")]
mod compat;
mod deed;
mod file;
mod identity;
mod io;
mod process;
mod socket;
mod watch;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("deeds") => deed::run(),
        Some("nothing") => {}
        Some("--list") => println!("every_event_has_the_parameters_that_were_passed: test"),
        _ => println!("{}", watch::run()),
    }
}
