//! Versions of the engine and of plugins.

use std::fmt;

/// Version of the rules language that this engine speaks, as the reference numbers it.
pub const ENGINE_VERSION: Version = Version { major: 0, minor: 63, patch: 0 };

/// `major.minor.patch`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Changes when what worked no longer does.
    pub major: u32,
    /// Changes when something is added.
    pub minor: u32,
    /// Changes otherwise.
    pub patch: u32,
}

impl Version {
    /// Reads `x.y.z`. What follows the third number (a pre-release, a build) is ignored.
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text;
        let mut number = |last: bool| -> Option<u32> {
            let end = rest.find(|byte: char| !byte.is_ascii_digit()).unwrap_or(rest.len());
            let value = rest[..end].parse().ok()?;
            rest = &rest[end..];
            if !last {
                rest = rest.strip_prefix('.')?;
            }
            Some(value)
        };
        Some(Self { major: number(false)?, minor: number(false)?, patch: number(true)? })
    }

    /// Can what needs `required` use this version? The major must be the same, and this not older.
    pub fn satisfies(self, required: Self) -> bool {
        self.major == required.major && self >= required
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_three_numbers_with_dots() {
        assert_eq!(Version::parse("0.57.1"), Some(Version { major: 0, minor: 57, patch: 1 }));
        assert_eq!(Version::parse("1.2.3-rc1+x"), Some(Version { major: 1, minor: 2, patch: 3 }));
        for bad in ["", "7", "1.2", "1.2.x", "v1.2.3", "-1.2.3", "1..3", "99999999999.0.0"] {
            assert_eq!(Version::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_newer_minor_satisfies_and_another_major_does_not() {
        let version = |text| Version::parse(text).expect("a version");
        assert!(version("0.7.1").satisfies(version("0.4.0")));
        assert!(!version("0.3.9").satisfies(version("0.4.0")));
        assert!(!version("1.0.0").satisfies(version("0.4.0")));
    }
}
