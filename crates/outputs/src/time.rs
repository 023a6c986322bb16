//! Civil dates and times of day, written the ways that alerts need them.

use std::fmt;

const NANOS: u64 = 1_000_000_000;
const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A moment taken apart in some zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    year: i64,
    month: u8,
    day: u8,
    /// Days since the epoch, modulo 7.
    weekday: u8,
    hour: u8,
    minute: u8,
    second: u8,
    nanos: u32,
}

impl Civil {
    /// `ns` since the epoch in the zone that is `offset` seconds east of Greenwich.
    pub(crate) fn new(ns: u64, offset: i32) -> Self {
        let secs = (ns / NANOS) as i64 + i64::from(offset);
        let (days, of_day) = (secs.div_euclid(86_400), secs.rem_euclid(86_400));
        // Days are counted in years that begin in March, so that a leap day comes last.
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * of_year + 2) / 153;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month: month as u8,
            day: (of_year - (153 * march_month + 2) / 5 + 1) as u8,
            weekday: days.rem_euclid(7) as u8,
            hour: (of_day / 3_600) as u8,
            minute: (of_day / 60 % 60) as u8,
            second: (of_day % 60) as u8,
            nanos: (ns % NANOS) as u32,
        }
    }

    /// `HH:MM:SS.nnnnnnnnn`.
    pub(crate) fn time_of_day(self) -> impl fmt::Display {
        fmt::from_fn(move |f| write!(f, "{:02}:{:02}:{:02}.{:09}", self.hour, self.minute, self.second, self.nanos))
    }

    /// `YYYY-MM-DDTHH:MM:SS.nnnnnnnnn`.
    pub(crate) fn iso_8601(self) -> impl fmt::Display {
        fmt::from_fn(move |f| write!(f, "{:04}-{:02}-{:02}T{}", self.year, self.month, self.day, self.time_of_day()))
    }

    /// `YYYY-MM-DDTHH:MM:SS.uuuuuu`, as much of a second as RFC 5424 takes.
    pub(crate) fn micros(self) -> impl fmt::Display {
        fmt::from_fn(move |f| {
            let Self { year, month, day, hour, minute, second, nanos, .. } = self;
            write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:06}", nanos / 1000)
        })
    }

    /// `Www Mmm dd HH:MM:SS YYYY`, the head of log lines.
    pub(crate) fn ctime(self) -> impl fmt::Display {
        fmt::from_fn(move |f| write!(f, "{} {} {}", DAYS[usize::from(self.weekday)], self.syslog(), self.year))
    }

    /// `Mmm dd HH:MM:SS`, the head of a message to the local syslog.
    pub(crate) fn syslog(self) -> impl fmt::Display {
        fmt::from_fn(move |f| {
            let month = MONTHS[usize::from(self.month) - 1];
            write!(f, "{month} {:2} {:02}:{:02}:{:02}", self.day, self.hour, self.minute, self.second)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_in_their_zone() {
        let table = [
            (0, 0, "1970-01-01T00:00:00.000000000"),
            (951_782_400 * NANOS + 7, 0, "2000-02-29T00:00:00.000000007"),
            (1_795_411_071_754_144_366, 0, "2026-11-23T05:17:51.754144366"),
            (1_795_411_071_754_144_366, -6 * 3600, "2026-11-22T23:17:51.754144366"),
            (4_107_542_399 * NANOS, 0, "2100-02-28T23:59:59.000000000"),
            (u64::MAX, 0, "2554-07-21T23:34:33.709551615"),
        ];
        for (ns, offset, want) in table {
            assert_eq!(Civil::new(ns, offset).iso_8601().to_string(), want);
        }
        assert_eq!(Civil::new(0, 3600).syslog().to_string(), "Jan  1 01:00:00");
        assert_eq!(Civil::new(1_795_411_071 * NANOS, 0).ctime().to_string(), "Mon Nov 23 05:17:51 2026");
    }
}
