//! Time zones: how many seconds local time is ahead of UTC at a moment.

use super::{DAY, date_of, days_of};

/// A time zone.
///
/// ```
/// use windhover_event::time::Zone;
///
/// let zone = Zone::parse_posix(b"CET-1CEST,M3.5.0,M10.5.0/3")?;
/// assert_eq!(zone.offset_at(1_795_410_415), 3_600); // In November.
/// assert_eq!(zone.offset_at(1_783_000_000), 7_200); // In July.
/// # Ok::<(), windhover_event::time::ParseZoneError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Before the first transition.
    initial: i32,
    /// Moments, in order, and the offset from then on.
    transitions: Vec<(i64, i32)>,
    /// After the last transition.
    rule: Option<Rule>,
}

/// Why bytes are not a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed time zone at byte {offset}: expected {expected}")]
pub struct ParseZoneError {
    /// Where it stopped making sense.
    pub offset: usize,
    /// What should be there.
    pub expected: &'static str,
}

/// Standard time, and summer time where there is one, as POSIX writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rule {
    standard: i32,
    summer: Option<Summer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Summer {
    offset: i32,
    start: Change,
    end: Change,
}

/// A moment in each year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    day: ChangeDay,
    /// Seconds after midnight, local time before the change; may be negative or beyond a day.
    second: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChangeDay {
    /// Day 1 to 365, never counting a leap day.
    Julian(u16),
    /// Day 0 to 365, counting a leap day.
    Ordinal(u16),
    /// Month 1 to 12, week 1 to 5 (the last), weekday 0 (Sunday) to 6.
    Week(u8, u8, u8),
}

impl Zone {
    /// No offset.
    pub const UTC: Self = Self { initial: 0, transitions: Vec::new(), rule: None };

    /// Seconds that local time is ahead of UTC at `seconds` since the epoch.
    pub fn offset_at(&self, seconds: i64) -> i32 {
        let after = self.transitions.partition_point(|&(at, _)| at <= seconds);
        match (&self.rule, after.checked_sub(1)) {
            (Some(rule), _) if after == self.transitions.len() => rule.offset_at(seconds),
            (_, Some(last)) => self.transitions[last].1,
            (_, None) => self.initial,
        }
    }

    /// Reads the bytes of a zone file (`/etc/localtime`, RFC 8536).
    ///
    /// # Errors
    /// Where the bytes are not one.
    pub fn parse_file(bytes: &[u8]) -> Result<Self, ParseZoneError> {
        let mut reader = Reader { bytes, offset: 0 };
        let (version, counts) = reader.header()?;
        if version < b'2' {
            return reader.data(&counts, 4, None);
        }
        // What old readers can read comes first; the same follows with 64-bit times.
        reader.take(counts.len(4), "the first block")?;
        let (_, counts) = reader.header()?;
        let data = reader.bytes.get(reader.offset + counts.len(8)..).unwrap_or_default();
        let footer = data.strip_prefix(b"\n").and_then(|text| text.split(|&byte| byte == b'\n').next());
        let rule = footer.filter(|text| !text.is_empty()).map(Self::parse_posix).transpose()?;
        reader.data(&counts, 8, rule.and_then(|zone| zone.rule))
    }

    /// Reads the text form that the variable `TZ` and the end of zone files have, such as `CET-1CEST,M3.5.0,M10.5.0/3`.
    ///
    /// # Errors
    /// Where the text is not one.
    pub fn parse_posix(text: &[u8]) -> Result<Self, ParseZoneError> {
        let mut reader = Reader { bytes: text, offset: 0 };
        reader.zone_name()?;
        let standard = -reader.clock(24)?;
        let mut summer = None;
        if !reader.rest().is_empty() {
            reader.zone_name()?;
            let offset = match reader.rest().first() {
                None | Some(b',') => standard + 3_600,
                Some(_) => -reader.clock(24)?,
            };
            // Without a rule, what is customary in the US holds.
            let (mut start, mut end) = (Change::week(3, 2), Change::week(11, 1));
            if !reader.rest().is_empty() {
                start = reader.change()?;
                end = reader.change()?;
            }
            summer = Some(Summer { offset, start, end });
        }
        if !reader.rest().is_empty() {
            return Err(reader.expected("the end"));
        }
        Ok(Self { initial: standard, transitions: Vec::new(), rule: Some(Rule { standard, summer }) })
    }
}

impl Rule {
    fn offset_at(&self, seconds: i64) -> i32 {
        let Some(summer) = self.summer else {
            return self.standard;
        };
        // Some 30,000 years either way: far more than events can say, far less than overflows.
        let seconds = seconds.clamp(-(1 << 40), 1 << 40);
        let (year, ..) = date_of((seconds + i64::from(self.standard)).div_euclid(DAY));
        let start = summer.start.at(year) - i64::from(self.standard);
        let end = summer.end.at(year) - i64::from(summer.offset);
        let is_summer = if start < end { (start..end).contains(&seconds) } else { !(end..start).contains(&seconds) };
        if is_summer { summer.offset } else { self.standard }
    }
}

impl Change {
    /// The Sunday of a week of a month, at two o'clock.
    const fn week(month: u8, week: u8) -> Self {
        Self { day: ChangeDay::Week(month, week, 0), second: 7_200 }
    }

    /// Seconds since the epoch in `year`, as if local time were UTC.
    fn at(self, year: i64) -> i64 {
        let day = match self.day {
            ChangeDay::Julian(day) => {
                // Without the leap day: count from a year that has none, then pass over it.
                let leap = i64::from(days_of(year + 1, 1, 1) - days_of(year, 1, 1) == 366 && day >= 60);
                days_of(year, 1, 1) + i64::from(day) - 1 + leap
            }
            ChangeDay::Ordinal(day) => days_of(year, 1, 1) + i64::from(day),
            ChangeDay::Week(month, week, weekday) => {
                let first = days_of(year, month, 1);
                let next = if month == 12 { days_of(year + 1, 1, 1) } else { days_of(year, month + 1, 1) };
                // 1970-01-01 was a Thursday.
                let to_weekday = (i64::from(weekday) - (first + 4)).rem_euclid(7);
                let day = first + to_weekday + 7 * (i64::from(week) - 1);
                if day < next { day } else { day - 7 }
            }
        };
        day * DAY + i64::from(self.second)
    }
}

/// The counts in a zone file's header, in the file's order.
struct Counts {
    ut_indicators: usize,
    standard_indicators: usize,
    leap_seconds: usize,
    transitions: usize,
    types: usize,
    name_bytes: usize,
}

impl Counts {
    /// Bytes of the data behind the header, where a time has `width` bytes.
    fn len(&self, width: usize) -> usize {
        self.transitions * (width + 1)
            + self.types * 6
            + self.name_bytes
            + self.leap_seconds * (width + 4)
            + self.standard_indicators
            + self.ut_indicators
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a [u8] {
        &self.bytes[self.offset..]
    }

    fn expected(&self, expected: &'static str) -> ParseZoneError {
        ParseZoneError { offset: self.offset, expected }
    }

    fn take(&mut self, len: usize, expected: &'static str) -> Result<&'a [u8], ParseZoneError> {
        let taken = self.rest().get(..len).ok_or(self.expected(expected))?;
        self.offset += len;
        Ok(taken)
    }

    fn header(&mut self) -> Result<(u8, Counts), ParseZoneError> {
        if self.take(4, "`TZif`")? != b"TZif" {
            self.offset -= 4;
            return Err(self.expected("`TZif`"));
        }
        let version = self.take(16, "a version")?[0];
        let words = self.take(24, "six counts")?;
        let word = |index: usize| words[4 * index..].first_chunk().map_or(0, |word| u32::from_be_bytes(*word) as usize);
        let counts = Counts {
            ut_indicators: word(0),
            standard_indicators: word(1),
            leap_seconds: word(2),
            transitions: word(3),
            types: word(4),
            name_bytes: word(5),
        };
        Ok((version, counts))
    }

    /// The transitions of a block whose times have `width` bytes.
    fn data(&mut self, counts: &Counts, width: usize, rule: Option<Rule>) -> Result<Zone, ParseZoneError> {
        let times = self.take(counts.transitions * width, "transition times")?;
        let kinds = self.take(counts.transitions, "transition types")?;
        let types = self.take(counts.types * 6, "types of local time")?;
        let offset_of = |kind: usize| {
            let offset = types.get(6 * kind..).and_then(<[u8]>::first_chunk).map(|bytes| i32::from_be_bytes(*bytes));
            // The format itself has no offset beyond about a day; more would only make arithmetic overflow.
            offset.filter(|offset| offset.unsigned_abs() < 200_000)
        };
        let mut transitions = Vec::with_capacity(counts.transitions);
        for (time, &kind) in times.chunks_exact(width).zip(kinds) {
            let at = match *time {
                [a, b, c, d] => i64::from(i32::from_be_bytes([a, b, c, d])),
                _ => time.first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes)),
            };
            let offset = offset_of(kind.into()).ok_or(self.expected("an offset of less than 200,000 seconds"))?;
            if transitions.last().is_some_and(|&(before, _)| before >= at) {
                return Err(self.expected("transition times in order"));
            }
            transitions.push((at, offset));
        }
        Ok(Zone { initial: offset_of(0).ok_or(self.expected("a type of local time"))?, transitions, rule })
    }

    /// The name of a zone, which says nothing here: three letters or more, or anything in `<>`.
    fn zone_name(&mut self) -> Result<(), ParseZoneError> {
        let rest = self.rest();
        let len = match rest.first() {
            Some(b'<') => rest.iter().position(|&byte| byte == b'>').map(|at| at + 1),
            _ => Some(rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count()),
        };
        let len = len.filter(|&len| len >= 3).ok_or(self.expected("a zone's name"))?;
        self.offset += len;
        Ok(())
    }

    fn number(&mut self, max: u16) -> Result<u16, ParseZoneError> {
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        let text = std::str::from_utf8(&self.rest()[..digits]).unwrap_or_default();
        let number = text.parse().ok().filter(|&number| number <= max).ok_or(self.expected("a number in range"))?;
        self.offset += digits;
        Ok(number)
    }

    fn skip(&mut self, byte: u8) -> bool {
        let found = self.rest().first() == Some(&byte);
        self.offset += usize::from(found);
        found
    }

    /// `[+-]hh[:mm[:ss]]`, in seconds.
    fn clock(&mut self, max_hours: u16) -> Result<i32, ParseZoneError> {
        let negative = self.skip(b'-');
        if !negative {
            self.skip(b'+');
        }
        let mut seconds = i32::from(self.number(max_hours)?) * 3_600;
        for unit in [60, 1] {
            if !self.skip(b':') {
                break;
            }
            seconds += i32::from(self.number(59)?) * unit;
        }
        Ok(if negative { -seconds } else { seconds })
    }

    /// `,date[/time]`.
    fn change(&mut self) -> Result<Change, ParseZoneError> {
        if !self.skip(b',') {
            return Err(self.expected("a comma"));
        }
        let day = if self.skip(b'M') {
            let month = self.number(12)?;
            let week = self.skip(b'.').then(|| self.number(5)).ok_or(self.expected("a week"))??;
            let weekday = self.skip(b'.').then(|| self.number(6)).ok_or(self.expected("a weekday"))??;
            if month == 0 || week == 0 {
                return Err(self.expected("a month and a week from 1 on"));
            }
            ChangeDay::Week(month as u8, week as u8, weekday as u8)
        } else if self.skip(b'J') {
            ChangeDay::Julian(self.number(365)?)
        } else {
            ChangeDay::Ordinal(self.number(365)?)
        };
        let second = if self.skip(b'/') { self.clock(167)? } else { 7_200 };
        Ok(Change { day, second })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_zones_change_when_they_say() {
        let table: [(&str, i64, i32); 16] = [
            ("UTC0", 1_795_410_415, 0),
            ("CET-1CEST,M3.5.0,M10.5.0/3", 1_774_745_999, 3_600),
            ("CET-1CEST,M3.5.0,M10.5.0/3", 1_774_746_000, 7_200),
            ("CET-1CEST,M3.5.0,M10.5.0/3", 1_792_889_999, 7_200),
            ("CET-1CEST,M3.5.0,M10.5.0/3", 1_792_890_000, 3_600),
            ("EST5EDT", 1_772_953_199, -18_000),
            ("EST5EDT", 1_772_953_200, -14_400),
            ("<+0530>-5:30", 0, 19_800),
            ("AEST-10AEDT,M10.1.0,M4.1.0/3", 1_767_225_600, 39_600),
            ("AEST-10AEDT,M10.1.0,M4.1.0/3", 1_782_864_000, 36_000),
            // The day before the last Sunday of March, as late as 10 p.m.
            ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 1_774_745_999, -7_200),
            ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 1_774_746_000, -3_600),
            ("XXX0YYY,J60/0,J61/0", 1_709_251_200, 3_600), // 2024-03-01, past a leap day
            ("EST5EDT", i64::MAX, -18_000),
            ("EST5EDT", i64::MIN, -18_000),
            ("XXX0YYY,59/0,60/0", 1_709_164_800, 3_600), // 2024-02-29
        ];
        for (text, seconds, offset) in table {
            assert_eq!(Zone::parse_posix(text.as_bytes()).unwrap().offset_at(seconds), offset, "{text} {seconds}");
        }
    }

    #[test]
    fn text_that_is_no_zone_is_refused_at_its_place() {
        for (text, offset) in
            [("", 0), ("CE-1", 0), ("CET", 3), ("CET-25", 4), ("CET-1x", 5), ("CET-1CEST,M13.5.0", 11), ("<+05", 0)]
        {
            assert_eq!(Zone::parse_posix(text.as_bytes()).unwrap_err().offset, offset, "{text}");
        }
    }

    /// A version 2 file with one transition, at 1000, from 600 to 1200 seconds ahead.
    fn file(footer: &str) -> Vec<u8> {
        let header = |transitions: u32, types: u32| {
            let mut bytes = b"TZif2".to_vec();
            bytes.extend([0; 15 + 12]);
            bytes.extend(transitions.to_be_bytes());
            bytes.extend(types.to_be_bytes());
            bytes.extend([0; 4]);
            bytes
        };
        let mut bytes = header(0, 0);
        bytes.extend(header(1, 2));
        bytes.extend(1000i64.to_be_bytes());
        bytes.push(1);
        bytes.extend([0, 0, 2, 88, 0, 0, 0, 0, 4, 176, 0, 0]);
        bytes.extend(footer.bytes());
        bytes
    }

    #[test]
    fn a_file_has_transitions_and_then_a_rule() {
        let zone = Zone::parse_file(&file("\n\n")).unwrap();
        assert_eq!([zone.offset_at(999), zone.offset_at(1000), zone.offset_at(i64::MAX)], [600, 1200, 1200]);
        let zone = Zone::parse_file(&file("\nAAA-1\n")).unwrap();
        assert_eq!([zone.offset_at(999), zone.offset_at(1000)], [600, 3600]);
        assert_eq!(
            Zone::parse_file(b"TZxx").unwrap_err().to_string(),
            "malformed time zone at byte 0: expected `TZif`"
        );
    }

    #[test]
    fn the_zone_files_of_this_machine_agree_with_their_rules() {
        let path = "/usr/share/zoneinfo/Europe/Berlin";
        let Ok(bytes) = std::fs::read(path) else {
            println!("skipped: no {path}");
            return;
        };
        let zone = Zone::parse_file(&bytes).unwrap();
        for (seconds, offset) in [(1_774_745_999, 3_600), (1_774_746_000, 7_200), (4_090_000_000, 7_200), (0, 3_600)] {
            assert_eq!(zone.offset_at(seconds), offset, "{seconds}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_zone_or_refused(at in 0usize..140, byte: u8, len in 0usize..140, seconds: i64, text in "[A-Z<>,.:/M0-9+-]{0,24}") {
            let mut bytes = file("\nAAA-1BBB,M3.5.0,J60\n");
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            bytes.truncate(len.max(20));
            if let Ok(zone) = Zone::parse_file(&bytes) {
                zone.offset_at(seconds);
            }
            if let Ok(zone) = Zone::parse_posix(text.as_bytes()) {
                zone.offset_at(seconds);
            }
        }
    }
}
