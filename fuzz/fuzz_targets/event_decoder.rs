//! Any bytes as an event: decoded or refused; and what was decoded, encoded and decoded again, is the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use windhover_event::{Builder, EventView};

fuzz_target!(|bytes: &[u8]| {
    let Ok(event) = EventView::parse(bytes) else { return };
    let mut again = Vec::new();
    let mut builder = Builder::with_nparams(&mut again, event.kind(), event.ts(), event.tid(), event.nparams());
    for index in 0..event.nparams() {
        builder.raw(event.param(index).expect("the event has it"));
        // Each way to look at a parameter, whatever its type.
        let _ = event.value(index).map(|value| format!("{value:?}"));
        let _ = (event.i64(index), event.u32(index), event.u16(index), event.u8(index), event.str(index));
        let _ = (event.sock_addr(index), event.sock_tuple(index), event.str_list(index).iter().count());
    }
    assert!(event.param(event.nparams()).is_none());
    let _ = (event.name(), event.generic_syscall(), event.resolved_path(), event.extension().count(), event.connections().count());
    let Ok(again) = builder.finish() else { return };
    assert!(again.params().eq(event.params()), "parameters differ");
});
