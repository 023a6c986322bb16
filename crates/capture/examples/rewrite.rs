//! Rewrites a capture in today's format: `cargo run --release --example rewrite IN OUT`.

use std::error::Error;
use std::fs::File;

use windhover_capture::{Compression, Reader, Record, Writer};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args_os().skip(1);
    let (Some(from), Some(to)) = (args.next(), args.next()) else {
        return Err("usage: rewrite IN OUT".into());
    };
    let mut reader = Reader::open(from)?;
    let mut writer = Writer::new(File::create(to)?, Compression::Gzip, reader.snapshot())?;
    while let Some(record) = reader.next()? {
        match record {
            Record::Event(captured) => writer.write(&captured)?,
            Record::Section(_) => return Err("more than one capture in the file".into()),
        }
    }
    writer.finish()?;
    Ok(())
}
