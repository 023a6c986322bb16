//! What each kind of event does to the model.

mod clone;
mod credential;
pub(crate) mod descriptor;
mod exec;
mod file;
mod meta;
mod network;
mod process;
