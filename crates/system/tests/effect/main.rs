//! The effect of each kind of event on the model, line by line: what recordings seldom or never show.

mod descriptor;
mod process;
#[path = "../scene/mod.rs"]
mod scene;
mod socket;

use std::net::Ipv4Addr;

use scene::Scene;
use windhover_event::Builder;
use windhover_system::Fd;

const HERE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 5);
const THERE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

/// Gives an event its parameters.
type Build = fn(&mut Builder<'_>);

/// A descriptor of process 100.
fn fd(scene: &Scene, number: i64) -> Option<&Fd> {
    scene.system.fds_of(100)?.get(number)
}

/// Descriptors of process 100 that outlive an exec.
fn kept_by_exec(scene: &mut Scene, numbers: &[i64]) -> Vec<i64> {
    scene.exec(100, "next");
    numbers.iter().copied().filter(|number| fd(scene, *number).is_some()).collect()
}
