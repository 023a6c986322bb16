//! Output formats: what is a field, what is text, and what both look like filled in.

#![allow(clippy::unwrap_used)] // Helpers of tests are tests.

use std::net::IpAddr;

use serde_json::json;
use windhover_event::snapshot::{FdEntry, FdEntryKind, Machine, Snapshot, ThreadEntry};
use windhover_event::{Builder, EventType, EventView, SockTuple};
use windhover_fields::{Catalogue, EventValues, HostNames, PluginEvents, Template};
use windhover_filter::Scratch;
use windhover_system::{Limits, System};

fn system() -> System {
    let shell = ThreadEntry {
        tid: 10,
        pid: 10,
        ptid: 1,
        vtid: 10,
        vpid: 10,
        comm: b"bash".to_vec(),
        exe: b"-bash".to_vec(),
        cwd: b"/root".to_vec(),
        env: b"HOME=/root\0".to_vec(),
        ..ThreadEntry::default()
    };
    let cat = ThreadEntry {
        tid: 20,
        pid: 20,
        ptid: 10,
        vtid: 20,
        vpid: 20,
        comm: b"cat".to_vec(),
        exe: b"/bin/cat".to_vec(),
        args: b"-n\0b c\0".to_vec(),
        cwd: b"/tmp".to_vec(),
        env: b"PATH=/bin\0TERM= xterm \0".to_vec(),
        fdlimit: 1024,
        fds: vec![FdEntry {
            fd: 3,
            ino: 77,
            kind: FdEntryKind::File { name: b"/etc/motd".to_vec(), flags: 1, dev: 0x0801 },
        }],
        ..ThreadEntry::default()
    };
    let mut system = System::new(Limits::default());
    let machine = Machine { hostname: "host-a".into(), ..Machine::default() };
    system.load(Snapshot { machine, threads: vec![shell, cat], ..Snapshot::default() });
    system
}

fn read_event(bytes: &mut Vec<u8>) -> EventView<'_> {
    let mut event = Builder::new(bytes, EventType::SYSCALL_READ_X, 1_700_000_000_123_456_789, 20);
    event.int(4).bytes(b"a\x01b\n").int(3).uint(80);
    event.finish().unwrap()
}

fn rendered(format: &str) -> String {
    let catalogue = Catalogue::syscall();
    let (mut system, mut bytes) = (system(), Vec::new());
    let event = read_event(&mut bytes);
    system.apply(&event, None);
    let template = Template::parse(format, &catalogue).unwrap_or_else(|error| panic!("{format}: {error}"));
    let values = EventValues::new(event, system.context(), &catalogue);
    let mut out = Vec::new();
    template.render(&values, &mut Scratch::default(), &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn fields_are_filled_in() {
    for (format, want) in [
        ("plain", "plain"),
        ("*%proc.name", "cat"),
        ("%proc.name.", "cat."),
        ("%proc.namex", "catx"),
        ("<%proc.name%proc.pname>", "<catbash>"),
        ("%proc.aname[1] %proc.aname[2]", "bash <NA>"),
        ("%proc.aname[1]]", "bash]"),
        ("%proc.args|%proc.args[1]|%proc.args[9]|", "-n b c|b c||"),
        ("%proc.cmdline|%proc.exeline", "cat -n b c|/bin/cat -n b c"),
        ("%proc.env[TERM]|%proc.env[NONE]|", "xterm||"),
        ("%proc.aenv[HOME]", "/root"),
        ("%proc.cwd %proc.pid %proc.ppid", "/tmp/ 20 10"),
        ("%fd.name %fd.directory %fd.filename %fd.typechar %fd.num", "/etc/motd /etc motd f 3"),
        ("%fd.dev %fd.dev.major %fd.dev.minor %fd.ino", "801 8 1 77"),
        ("%fd.types %fd.types[3] %fd.ip %fd.net", "(file) (file) <NA> <NA>"),
        ("%evt.type %evt.dir %evt.res %evt.rawres", "read < SUCCESS 4"),
        ("%evt.buffer %evt.buflen %evt.is_io_read", "a.b. 4 true"),
        ("%evt.args", "res=4 data=a.b. fd=3(<f>/etc/motd) size=80"),
        ("%evt.arg.fd %evt.arg[0] %evt.rawarg.fd", "<f>/etc/motd 4 3"),
        ("%evt.time.iso8601", "2023-11-14T22:13:20.123456789+0000"),
        ("%evt.rawtime.s %evt.rawtime.ns", "1700000000 123456789"),
        ("%evt.reltime %evt.deltatime", "000000000 0"),
        ("%evt.hostname %evt.source", "host-a syscall"),
        ("%container.id %container.image.repository|", "host |"),
        ("%proc.fdusage %proc.fdopencount", "0.1 1"),
        ("%user.name %user.loginuid", "root -1"),
        ("%toupper(proc.name) %len(proc.args) %basename(fd.name)", "CAT 6 motd"),
        ("%join(\",\", (proc.name, proc.pname))", "cat,bash"),
        ("[%6proc.name] [%2proc.name]", "[cat   ] [ca]"),
        ("%fs.path.resolved %evt.asynctype", "<NA> <NA>"),
        ("%proc.aname %proc.apid", "bash 20"),
    ] {
        assert_eq!(rendered(format), want, "{format}");
    }
}

#[test]
fn what_cannot_be_a_format_says_where_and_why() {
    let catalogue = Catalogue::syscall();
    for (format, offset, message) in [
        ("", 0, "empty formatting token"),
        ("*", 0, "empty formatting token"),
        ("load is 50%", 10, "formatting cannot end with a %: name a field behind it"),
        ("%10", 0, "formatting cannot end with a number: name a field behind it"),
        ("%99999999proc.name", 0, "the width of a field is 65535 at most"),
    ] {
        let error = Template::parse(format, &catalogue).unwrap_err();
        assert_eq!((error.offset, error.to_string().as_str()), (offset, message), "{format}");
    }
    for format in ["%%", "% proc.name", "a %nothing.here b", "%evt.arg", "%toupper(proc.pid)"] {
        let error = Template::parse(format, &catalogue).unwrap_err();
        assert!(error.to_string().starts_with("unknown filter: "), "{format}: {error}");
    }
    let error = Template::parse("ran %proc.nmae", &catalogue).unwrap_err();
    assert!(format!("{error:?}").contains("proc.name"), "{error:?}");
}

#[test]
fn json_has_typed_values_of_plain_fields_each_once() {
    let catalogue = Catalogue::syscall();
    let (mut system, mut bytes) = (system(), Vec::new());
    let event = read_event(&mut bytes);
    system.apply(&event, None);
    let format = "%evt.time %proc.name %proc.name %toupper(proc.exe) %proc.pid %fd.dev %fd.types %evt.failed \
                  %proc.aname[2] %proc.fdusage %evt.buffer %evt.rawtime %fd.cip %evt.deltatime";
    let template = Template::parse(format, &catalogue).unwrap();
    let values = EventValues::new(event, system.context(), &catalogue);
    let fields = template.output_fields(&values, &mut Scratch::default());
    let fields: serde_json::Map<_, _> = fields.into_iter().map(|(key, value)| (key.to_string(), value)).collect();
    let want = json!({
        "evt.time": 1_700_000_000_123_456_789_u64,
        "proc.name": "cat",
        "proc.exe": "/bin/cat",
        "proc.pid": 20,
        "fd.dev": "801",
        "fd.types": ["file"],
        "evt.failed": false,
        "proc.aname[2]": null,
        "proc.fdusage": 0.09765625,
        "evt.buffer": "a.b.",
        "evt.rawtime": 1_700_000_000_123_456_789_u64,
        "fd.cip": null,
        "evt.deltatime": 0,
    });
    assert_eq!(serde_json::Value::Object(fields), want);
    let tokens: Vec<_> = template.tokens().map(|token| token.to_string()).collect();
    assert_eq!(tokens[..3], ["evt.time", "proc.name", "toupper(proc.exe)"]);
}

/// Speaks for one plugin.
struct Speaker;

impl PluginEvents for Speaker {
    fn name(&self, plugin_id: u32) -> Option<&str> {
        (plugin_id == 9).then_some("dummy")
    }

    fn push_summary(&self, event: &EventView<'_>, out: &mut Vec<u8>) -> bool {
        out.extend_from_slice(event.buffer(1).unwrap_or_default());
        true
    }
}

impl HostNames for Speaker {
    fn name_of(&self, address: IpAddr) -> Option<&str> {
        (address == IpAddr::from([192, 0, 2, 1])).then_some("api.example")
    }
}

fn rendered_with(format: &str, event: EventView<'_>) -> String {
    let mut catalogue = Catalogue::syscall();
    catalogue.add_static("site", "north").unwrap();
    let mut system = system();
    system.apply(&event, None);
    let values = EventValues::new(event, system.context(), &catalogue);
    let values = values.with_plugins(&Speaker).with_host_names(&Speaker).with_cpu(2);
    let mut out = Vec::new();
    Template::parse(format, &catalogue).unwrap().render(&values, &mut Scratch::default(), &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn plugins_host_names_and_the_configuration_are_asked() {
    let (mut bytes, mut other) = (Vec::new(), Vec::new());
    let mut event = Builder::new(&mut bytes, EventType::PLUGINEVENT_E, 5, -1);
    event.uint(9).bytes(b"tick");
    let plugin = event.finish().unwrap();
    let text = rendered_with("%evt.pluginname: %evt.plugininfo at %static.site", plugin);
    assert_eq!(text, "dummy: tick at north");

    let tuple = SockTuple::Inet { source: ([10, 0, 0, 1].into(), 4000), dest: ([192, 0, 2, 1].into(), 443) };
    let mut event = Builder::new(&mut other, EventType::SOCKET_ACCEPT4_6_X, 6, 20);
    event.int(5).sock_tuple(&tuple).uint(0).uint(0).uint(0).uint(0);
    let accept = event.finish().unwrap();
    let text = rendered_with("%fd.sip.name %fd.cip.name %fd.sip:%fd.sport %fd.cproto %fd.is_server %evt.cpu", accept);
    assert_eq!(text, "api.example <NA> 192.0.2.1:443 4000 false 2");
}
