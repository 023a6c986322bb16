//! Times as text, and time zones read from the bytes of a zone file; no file is opened here.

mod zone;

pub use zone::{ParseZoneError, Zone};

use crate::text::push_padded;

const NANOS: u64 = 1_000_000_000;
const DAY: i64 = 86_400;

/// A moment's parts on the calendar and the clock, in some zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Civil {
    year: i64,
    month: u8,
    day: u8,
    /// Seconds since midnight.
    second: u32,
}

impl Civil {
    /// The parts of `seconds` since the epoch, where `offset` seconds have been added for the zone.
    fn at(seconds: u64, offset: i32) -> Self {
        // At most about 2^34 seconds, since times are 64 bits of nanoseconds.
        let local = seconds as i64 + i64::from(offset);
        let (days, second) = (local.div_euclid(DAY), local.rem_euclid(DAY) as u32);
        let (year, month, day) = date_of(days);
        Self { year, month, day, second }
    }
}

/// Year, month and day of the day `days` after 1970-01-01, in the Gregorian calendar.
///
/// Years are counted from March, so that the leap day is the last of its year, and in eras of 400 years, all of which
/// have the same number of days.
fn date_of(days: i64) -> (i64, u8, u8) {
    const ERA: i64 = 146_097;
    let since_march_of_0 = days + 719_468;
    let (era, day_of_era) = (since_march_of_0.div_euclid(ERA), since_march_of_0.rem_euclid(ERA));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Months from March have 153 days in each run of five.
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month as u8, day as u8)
}

/// The day number of a date; the reverse of [`date_of`].
fn days_of(year: i64, month: u8, day: u8) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month_from_march = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn push_date(civil: &Civil, out: &mut Vec<u8>) {
    push_padded(civil.year.unsigned_abs(), 4, out);
    out.push(b'-');
    push_padded(civil.month.into(), 2, out);
    out.push(b'-');
    push_padded(civil.day.into(), 2, out);
}

fn push_clock(civil: &Civil, out: &mut Vec<u8>) {
    push_padded((civil.second / 3_600).into(), 2, out);
    out.push(b':');
    push_padded((civil.second / 60 % 60).into(), 2, out);
    out.push(b':');
    push_padded((civil.second % 60).into(), 2, out);
}

fn push_nanos(ts: u64, out: &mut Vec<u8>) {
    out.push(b'.');
    push_padded(ts % NANOS, 9, out);
}

fn civil_of(ts: u64, zone: &Zone) -> Civil {
    let seconds = ts / NANOS;
    Civil::at(seconds, zone.offset_at(seconds as i64))
}

/// `evt.time`: `HH:MM:SS.nnnnnnnnn`. `ts` is nanoseconds since the epoch, here and below.
pub fn push_time(ts: u64, zone: &Zone, out: &mut Vec<u8>) {
    push_time_seconds(ts, zone, out);
    push_nanos(ts, out);
}

/// `evt.time.s`: `HH:MM:SS`.
pub fn push_time_seconds(ts: u64, zone: &Zone, out: &mut Vec<u8>) {
    push_clock(&civil_of(ts, zone), out);
}

/// `evt.datetime`, and parameters of type `ABSTIME`: `YYYY-MM-DD HH:MM:SS.nnnnnnnnn`.
pub fn push_datetime(ts: u64, zone: &Zone, out: &mut Vec<u8>) {
    push_datetime_seconds(ts, zone, out);
    push_nanos(ts, out);
}

/// `evt.datetime.s`: `YYYY-MM-DD HH:MM:SS`.
pub fn push_datetime_seconds(ts: u64, zone: &Zone, out: &mut Vec<u8>) {
    let civil = civil_of(ts, zone);
    push_date(&civil, out);
    out.push(b' ');
    push_clock(&civil, out);
}

/// `evt.time.iso8601`: `YYYY-MM-DDTHH:MM:SS.nnnnnnnnn+0000`, always UTC.
pub fn push_iso8601(ts: u64, out: &mut Vec<u8>) {
    push_utc(ts, out);
    out.extend_from_slice(b"+0000");
}

/// The time of alerts in JSON: `YYYY-MM-DDTHH:MM:SS.nnnnnnnnnZ`, always UTC.
pub fn push_rfc3339(ts: u64, out: &mut Vec<u8>) {
    push_utc(ts, out);
    out.push(b'Z');
}

fn push_utc(ts: u64, out: &mut Vec<u8>) {
    let civil = Civil::at(ts / NANOS, 0);
    push_date(&civil, out);
    out.push(b'T');
    push_clock(&civil, out);
    push_nanos(ts, out);
}

/// `seconds.nanoseconds`, as absolute and relative times and durations are listed.
pub fn push_seconds(ns: u64, out: &mut Vec<u8>) {
    crate::text::push_u64(ns / NANOS, out);
    push_nanos(ns, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_form_of_a_time() {
        let (ts, utc) = (1_795_410_415_917_204_326, Zone::UTC);
        assert_eq!(text(|out| push_iso8601(ts, out)), "2026-11-23T05:06:55.917204326+0000");
        assert_eq!(text(|out| push_rfc3339(ts, out)), "2026-11-23T05:06:55.917204326Z");
        assert_eq!(text(|out| push_time(ts, &utc, out)), "05:06:55.917204326");
        assert_eq!(text(|out| push_time_seconds(ts, &utc, out)), "05:06:55");
        assert_eq!(text(|out| push_datetime_seconds(ts, &utc, out)), "2026-11-23 05:06:55");
        assert_eq!(text(|out| push_datetime(205_303_215_635_860_940, &utc, out)), "1976-07-04 04:40:15.635860940");
        assert_eq!(text(|out| push_datetime(11_902_881_514_430_959_052, &utc, out)), "2347-03-10 19:58:34.430959052");
        assert_eq!(text(|out| push_seconds(61_000_000_001, out)), "61.000000001");
    }

    #[test]
    fn the_date_is_that_of_the_zone() {
        let kiritimati = Zone::parse_posix(b"<+14>-14").unwrap();
        assert_eq!(text(|out| push_datetime_seconds(1_795_410_415 * NANOS, &kiritimati, out)), "2026-11-23 19:06:55");
        assert_eq!(text(|out| push_datetime_seconds(1_795_450_015 * NANOS, &kiritimati, out)), "2026-11-24 06:06:55");
        let before_the_epoch = Zone::parse_posix(b"EST5").unwrap();
        assert_eq!(text(|out| push_datetime_seconds(0, &before_the_epoch, out)), "1969-12-31 19:00:00");
    }

    proptest! {
        #[test]
        fn a_date_has_the_day_it_came_from(days in -1_000_000i64..1_000_000) {
            let (year, month, day) = date_of(days);
            prop_assert_eq!(days_of(year, month, day), days);
            prop_assert!((1..=12).contains(&month) && (1..=31).contains(&day));
        }
    }
}
