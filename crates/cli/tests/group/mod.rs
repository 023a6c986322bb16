//! A control group like a container's.

use std::fs;
use std::path::PathBuf;

/// A control group like a container's, removed at the end.
pub struct Group(pub PathBuf);

impl Group {
    /// Makes one for the container with this id; `name` tells tests that run at the same time apart.
    pub fn make(name: &str, id: &str) -> std::io::Result<Self> {
        let parent = format!("/sys/fs/cgroup/memory/windhover-{name}-{}", std::process::id());
        let group = Self(PathBuf::from(parent).join(id));
        fs::create_dir_all(&group.0)?;
        Ok(group)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Where it is not empty, the machine's owner sees what is left.
        _ = fs::remove_dir(&self.0);
        _ = self.0.parent().map(fs::remove_dir);
    }
}
