//! The meaning of the keys of channels.

use std::time::Duration;

use windhover_outputs::{Facility, HttpOptions, RemoteSyslogOptions, Transport};

use super::read::pairs;
use super::section::Section;
use super::tree::Node;
use super::{FileOutput, ProgramOutput, SyslogOutput};

/// The reference compares with the text `true`; `yes` and `on` do not count.
fn is_literally_true(section: &Section<'_>, key: &'static str) -> bool {
    section.node(key).and_then(Node::text) == Some("true")
}

pub(super) fn file_output(section: &Section<'_>) -> Option<FileOutput> {
    let enabled = section.bool("enabled");
    let output =
        FileOutput { path: section.text("filename").into(), keep_alive: is_literally_true(section, "keep_alive") };
    if enabled && output.path.as_os_str().is_empty() {
        section.refuse("filename", "is empty", "name the file that alerts are appended to");
    }
    enabled.then_some(output)
}

pub(super) fn program_output(section: &Section<'_>) -> Option<ProgramOutput> {
    let enabled = section.bool("enabled");
    let output =
        ProgramOutput { command: section.text("program"), keep_alive: is_literally_true(section, "keep_alive") };
    if enabled && output.command.is_empty() {
        section.refuse("program", "is empty", "name the command that reads alerts");
    }
    enabled.then_some(output)
}

pub(super) fn syslog_output(section: &Section<'_>) -> Option<SyslogOutput> {
    let enabled = section.bool("enabled");
    let remote = section.section("remote", remote_syslog);
    let output = if remote.address.is_empty() { SyslogOutput::Local } else { SyslogOutput::Remote(remote) };
    enabled.then_some(output)
}

fn remote_syslog(section: &Section<'_>) -> RemoteSyslogOptions {
    let [ca_cert, ca_path, client_cert, client_key] =
        ["ca_cert", "ca_path", "client_cert", "client_key"].map(|key| section.text(key));
    let transport = section.word("protocol");
    let at = Transport::NAMES.iter().position(|name| *name == transport).unwrap_or_default();
    RemoteSyslogOptions {
        address: section.text("address"),
        transport: Transport::ALL[at],
        facility: Facility::named(section.word("facility")).unwrap_or_default(),
        app_name: section.text("app_name"),
        timeout: Duration::from_millis(section.integer::<u32>("timeout").into()),
        retries: section.integer("retries"),
        insecure: section.bool("insecure"),
        trusted: if ca_cert.is_empty() { ca_path } else { ca_cert }.into(),
        identity: (!client_cert.is_empty()).then(|| (client_cert.into(), client_key.into())),
    }
}

pub(super) fn http_output(section: &Section<'_>) -> Option<HttpOptions> {
    let enabled = section.bool("enabled");
    let trusted = [section.text("ca_cert"), section.text("ca_bundle"), section.text("ca_path")];
    let identity = (section.text("client_cert").into(), section.text("client_key").into());
    let options = HttpOptions {
        url: section.text("url").trim_matches(['"', '\'']).to_owned(),
        user_agent: section.text("user_agent"),
        insecure: section.bool("insecure"),
        trusted: trusted.into_iter().find(|path| !path.is_empty()).unwrap_or_default().into(),
        identity: section.bool("mtls").then_some(identity),
        echo: section.bool("echo"),
        timeout_retries: section.integer("max_consecutive_timeouts"),
        retries: section.integer("retries"),
        timeout: Duration::from_millis(section.integer::<u32>("timeout").into()),
        compress: section.bool("compress_uploads"),
        headers: pairs(section, "headers"),
    };
    if enabled && options.url.is_empty() {
        section.refuse("url", "is empty", "name the address that alerts are posted to");
    }
    enabled.then_some(options)
}
