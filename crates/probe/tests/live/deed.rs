//! What the watched program does, and how it writes down what its events must hold.

use std::ffi::CStr;
use std::io::Write as _;

use windhover_event::{EventType, Syscall};

/// What one parameter of an event must be.
#[derive(Clone, Debug, PartialEq)]
pub enum Param {
    /// Not compared.
    Any,
    /// These bytes.
    Bytes(Vec<u8>),
}

pub fn any() -> Param {
    Param::Any
}

pub fn empty() -> Param {
    Param::Bytes(Vec::new())
}

pub fn s64(value: i64) -> Param {
    Param::Bytes(value.to_le_bytes().to_vec())
}

pub fn u64(value: u64) -> Param {
    Param::Bytes(value.to_le_bytes().to_vec())
}

pub fn u32(value: u32) -> Param {
    Param::Bytes(value.to_le_bytes().to_vec())
}

pub fn u16(value: u16) -> Param {
    Param::Bytes(value.to_le_bytes().to_vec())
}

pub fn u8(value: u8) -> Param {
    Param::Bytes(vec![value])
}

pub fn bytes(value: &[u8]) -> Param {
    Param::Bytes(value.to_vec())
}

/// A string with its NUL.
pub fn text(value: &CStr) -> Param {
    Param::Bytes(value.to_bytes_with_nul().to_vec())
}

/// One event that must come, of which some parameters are known.
pub struct Expected {
    pub code: u16,
    pub params: Vec<Param>,
    /// What the kernel must have resolved the opened file's path to.
    pub resolved: Option<Vec<u8>>,
}

/// What was done so far.
#[derive(Default)]
pub struct Deeds {
    expected: Vec<Expected>,
}

/// Whether this machine's architecture has the call.
pub fn exists(name: &str) -> bool {
    Syscall::by_name(name).is_some_and(|call| call.info().native().is_some())
}

/// Makes a system call by its name. The result is as events have it: negative for an error.
pub fn call(name: &str, arguments: &[usize]) -> i64 {
    let number = Syscall::by_name(name).and_then(|call| call.info().native()).expect("a call of this architecture");
    let mut all = [0; 6];
    all[..arguments.len()].copy_from_slice(arguments);
    let [a, b, c, d, e, f] = all;
    // SAFETY: the deeds pass addresses of live values of the kind that the call takes, or numbers.
    let result = unsafe { libc::syscall(libc::c_long::from(number), a, b, c, d, e, f) };
    if result == -1 { -i64::from(std::io::Error::last_os_error().raw_os_error().unwrap_or(0)) } else { result }
}

/// The address of a value, as an argument.
pub fn at<T: ?Sized>(value: &T) -> usize {
    std::ptr::from_ref(value).cast::<()>() as usize
}

pub fn at_mut<T: ?Sized>(value: &mut T) -> usize {
    std::ptr::from_mut(value).cast::<()>() as usize
}

pub fn path(value: &CStr) -> usize {
    value.as_ptr() as usize
}

/// Memory that the kernel writes to while we hold on to it.
pub type Shared<T> = std::cell::Cell<T>;

/// The address of such memory, as an argument.
pub fn shared<T>(value: &Shared<T>) -> usize {
    value.as_ptr() as usize
}

/// A descriptor or id with a sign, as an argument.
pub fn int(value: i32) -> usize {
    value as usize
}

/// `AT_FDCWD`.
pub fn here() -> usize {
    int(libc::AT_FDCWD)
}

impl Deeds {
    /// Makes a call and expects its event: the result, then `params`. Calls that this architecture lacks are left out.
    pub fn call(&mut self, name: &str, arguments: &[usize], params: &[Param]) -> i64 {
        self.call_with(name, arguments, |result| [&[s64(result)], params].concat())
    }

    /// The same where the parameters depend on the result.
    pub fn call_with(&mut self, name: &str, arguments: &[usize], params: impl FnOnce(i64) -> Vec<Param>) -> i64 {
        if !exists(name) {
            return -1;
        }
        let result = call(name, arguments);
        let code = Syscall::by_name(name).and_then(|call| call.info().exit_event()).expect("an event").code();
        self.expect(code, params(result));
        result
    }

    /// Expects an event that no call of this thread made.
    pub fn expect(&mut self, code: u16, params: Vec<Param>) {
        self.expected.push(Expected { code, params, resolved: None });
    }

    /// What the last open must have been resolved to.
    pub fn resolved(&mut self, path: &[u8]) {
        if let Some(last) = self.expected.last_mut() {
            last.resolved = Some(path.to_vec());
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).expect("our own hexadecimal"))
        .collect()
}

impl Expected {
    fn write(&self) -> String {
        let params = self.params.iter().map(|param| match param {
            Param::Any => "?".to_owned(),
            Param::Bytes(bytes) => format!("={}", hex(bytes)),
        });
        let resolved = self.resolved.as_deref().map_or("-".to_owned(), hex);
        format!("{} {resolved} {}", self.code, params.collect::<Vec<_>>().join(" "))
    }

    pub fn read(line: &str) -> Self {
        let mut words = line.split(' ').filter(|word| !word.is_empty());
        let code = words.next().and_then(|word| word.parse().ok()).expect("a code of our own");
        let resolved = words.next().filter(|word| *word != "-").map(unhex);
        let params = words.map(|word| word.strip_prefix('=').map_or(Param::Any, |text| Param::Bytes(unhex(text))));
        Self { code, params: params.collect(), resolved }
    }

    pub fn kind(&self) -> EventType {
        EventType::from_code(self.code).expect("a known type")
    }
}

/// Waits for the word to begin, does everything, and tells what was done.
pub fn run() {
    let folder = std::env::temp_dir().join(format!("windhover-live-{}", std::process::id()));
    std::fs::create_dir(&folder).expect("a folder of our own");
    std::env::set_current_dir(&folder).expect("the folder");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).expect("the word to begin");
    let mut deeds = Deeds::default();
    crate::file::deeds(&mut deeds);
    crate::io::deeds(&mut deeds);
    crate::socket::deeds(&mut deeds);
    #[cfg(target_arch = "x86_64")]
    crate::compat::deeds(&mut deeds);
    crate::process::deeds(&mut deeds);
    crate::identity::deeds(&mut deeds);
    std::env::set_current_dir("/").expect("the root");
    std::fs::remove_dir_all(&folder).expect("the folder of our own");
    let mut out = std::io::stdout().lock();
    for expected in &deeds.expected {
        writeln!(out, "{}", expected.write()).expect("the watcher");
    }
}

/// The system call under which an event type is selected, for messages.
pub fn syscall_names(kind: EventType) -> String {
    Syscall::all()
        .filter(|call| call.info().exit_event() == Some(kind))
        .map(Syscall::name)
        .collect::<Vec<_>>()
        .join("/")
}
