//! Deeds through the 32-bit interface of an x86_64 kernel, which any program can reach.

use std::ffi::CStr;

use crate::deed::{Deeds, Param, any, bytes, call, empty, int, s64, text, u8, u16, u32, u64};

/// Memory that a 32-bit pointer reaches.
struct Low {
    start: usize,
    used: usize,
}

const LOW_BYTES: usize = 4096;
const MAP_32BIT: usize = 0x40;

impl Low {
    fn new() -> Self {
        let start = call("mmap", &[0, LOW_BYTES, 3, 0x22 | MAP_32BIT, int(-1), 0]) as usize;
        assert!(start + LOW_BYTES <= u32::MAX as usize, "low memory");
        Self { start, used: 0 }
    }

    /// Puts bytes there and gives their address.
    fn put(&mut self, value: &[u8]) -> u32 {
        let place = self.start + self.used;
        self.used += value.len().next_multiple_of(8);
        assert!(self.used <= LOW_BYTES, "enough low memory");
        // SAFETY: the place is within memory that was mapped for this and that nothing else looks at.
        unsafe { std::ptr::copy_nonoverlapping(value.as_ptr(), place as *mut u8, value.len()) };
        place as u32
    }

    fn text(&mut self, value: &CStr) -> u32 {
        self.put(value.to_bytes_with_nul())
    }

    fn words(&mut self, words: &[u32]) -> u32 {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.put(&bytes)
    }
}

/// A system call of the 32-bit interface by its number there.
fn call32(number: u32, arguments: [u32; 5]) -> i64 {
    let result: u32;
    let [a, b, c, d, e] = arguments;
    // SAFETY: the arguments are numbers, or addresses of low memory that is mapped.
    unsafe {
        std::arch::asm!(
            "xchg rbx, {first}", "int 0x80", "xchg rbx, {first}",
            first = inout(reg) u64::from(a) => _,
            inlateout("eax") number => result,
            in("ecx") b, in("edx") c, in("esi") d, in("edi") e,
            out("r8") _, out("r9") _, out("r10") _, out("r11") _,
        );
    }
    i64::from(result as i32)
}

/// Whether the kernel has the interface: without it, the call ends the process.
fn is_there() -> bool {
    let child = call("fork", &[]);
    if child == 0 {
        call32(20, [0; 5]);
        call("exit_group", &[0]);
    }
    let mut status = 0i32;
    call("wait4", &[child as usize, crate::deed::at_mut(&mut status), 0, 0]);
    status == 0
}

pub fn deeds(deeds: &mut Deeds) {
    if !is_there() {
        return;
    }
    let mut low = Low::new();
    files(deeds, &mut low);
    sockets(deeds, &mut low);
    others(deeds, &mut low);
}

fn expect(deeds: &mut Deeds, code: u16, result: i64, params: &[Param]) {
    deeds.expect(code, [&[s64(result)], params].concat());
}

fn files(deeds: &mut Deeds, low: &mut Low) {
    let name = low.text(c"/nonexistent/32");
    let result = call32(5, [name, 0x8001, 0, 0, 0]);
    expect(deeds, 3, result, &[text(c"/nonexistent/32"), u32(0x802), u32(0), u32(0), u64(0)]);
    let null = low.text(c"/dev/null");
    let fd = call32(295, [libc::AT_FDCWD as u32, null, 2, 0, 0]);
    expect(deeds, 307, fd, &[s64(-100), text(c"/dev/null"), u32(3), u32(0), any(), any()]);
    let (first, second) = (low.put(b"thirty"), low.put(b"two"));
    let vector = low.words(&[first, 6, second, 3]);
    let result = call32(146, [fd as u32, vector, 2, 0, 0]);
    expect(deeds, 119, result, &[bytes(b"thirtytwo"), s64(fd), u32(9)]);
    let answer = low.words(&[0, 0]);
    let result = call32(140, [fd as u32, 1, 2, answer, 0]);
    expect(deeds, 87, result, &[s64(fd), u64(0x1_0000_0002), u8(0)]);
    let result = call32(6, [fd as u32, 0, 0, 0, 0]);
    expect(deeds, 5, result, &[s64(fd)]);
}

fn sockets(deeds: &mut Deeds, low: &mut Low) {
    let socketcall = |low: &mut Low, which: u32, arguments: &[u32]| {
        let packed = low.words(arguments);
        call32(102, [which, packed, 0, 0, 0])
    };
    let fd = socketcall(low, 1, &[2, 1, 0]);
    expect(deeds, 19, fd, &[u32(2), u32(1), u32(0), u32(0)]);
    let address = low.put(&[2, 0, 0, 9, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    let told = bytes(&[2, 127, 0, 0, 1, 9, 0]);
    let result = socketcall(low, 3, &[fd as u32, address, 16]);
    expect(deeds, 23, result, &[empty(), s64(fd), told]);
    let data = low.put(b"out");
    let result = socketcall(low, 9, &[999, data, 3, 0]);
    expect(deeds, 29, result, &[bytes(b"out"), s64(999), u32(3), empty()]);
    let result = socketcall(low, 10, &[999, data, 3, 0]);
    expect(deeds, 33, result, &[empty(), s64(999), u32(3), empty()]);
    call32(6, [fd as u32, 0, 0, 0, 0]);
}

fn others(deeds: &mut Deeds, low: &mut Low) {
    let time = low.words(&[0, 4321]);
    let result = call32(162, [time, 0, 0, 0, 0]);
    expect(deeds, 135, result, &[u64(4321)]);
    let limit = low.words(&[0, 0]);
    let result = call32(191, [3, limit, 0, 0, 0]);
    expect(deeds, 141, result, &[any(), any(), u8(3)]);
    // Pages are counted from the 12th bit on.
    let result = i64::from(call32(192, [0, 4096, 1, 0x22, u32::MAX]) as u32);
    let sizes = [any(), any(), any()];
    expect(deeds, 161, result, &[&sizes[..], &[u64(0), u64(4096), u32(1), u32(0xa), s64(-1), any()]].concat());
    let (program, first, second) = (low.text(c"/nonexistent/32"), low.text(c"zero"), low.text(c"one"));
    let (argv, envp) = (low.words(&[first, second, 0]), low.words(&[0]));
    let result = call32(11, [program, argv, envp, 0, 0]);
    let mut params = vec![s64(result), text(c"zero"), text(c"one")];
    params.extend(std::iter::repeat_n(any(), 12));
    params.push(empty());
    params.extend(std::iter::repeat_n(any(), 14));
    params.push(text(c"/nonexistent/32"));
    deeds.expect(293, params);
    // Ids of 16 bits, of which all ones is none; and the call that has no flags.
    let result = call32(164, [0xffff, 0, 0xffff, 0, 0]);
    expect(deeds, 193, result, &[u32(u32::MAX), u32(0), u32(u32::MAX)]);
    let result = call32(22, [program, 2, 0, 0, 0]);
    expect(deeds, 391, result, &[text(c"/nonexistent/32"), u32(0)]);
    // A call without an event of its own: by its native number.
    let parent = call32(64, [0; 5]);
    let generic = windhover_event::Syscall::by_name("getppid").expect("a call").code();
    deeds.expect(1, vec![u16(generic), u16(110)]);
    assert_eq!(parent, i64::from(std::os::unix::process::parent_id()));
}
