//! Two workers on the real kernel: processes that one follows are told apart by parents that the other follows.
//!
//! Needs root; says so and passes where it may not watch. `cargo test -p windhover --test workers`

#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[allow(dead_code)]
#[path = "live/watch.rs"]
mod watch;

use std::io::Write as _;
use std::process::{Command, Stdio};

use watch::Watch;

const RULES: &str = "
- rule: child
  desc: d
  condition: evt.type = execve and evt.arg.res = 0 and proc.exepath endswith /cat
  output: 'child %proc.pid of %proc.pname of %proc.aname[2] in %proc.cwd'
  priority: INFO
- rule: inherited
  desc: d
  condition: evt.type = fchmod and fd.name startswith %FOLDER%
  output: 'inherited %fd.name by %proc.name'
  priority: INFO
- rule: end
  desc: d
  condition: evt.type = execve and proc.args contains the-end
  output: the end
  priority: INFO
";

const STORMS: usize = 4;
const FORKS: usize = 100;

/// A storm: shells in subshells, each forks and runs programs in a folder of its own, with a descriptor that the first
/// of them opened.
const STORM: &str = r#"
mkdir -p "$1/dir" && cd "$1/dir" && : >"$1/file" && exec 5<"$1/file"
i=0
while [ $i -lt $2 ]; do
    ( ( cat </dev/null; : ) ; : )
    i=$((i + 1))
done
perl -e 'open(my $file, "<&=", 5) or die; chmod(0600, $file) or die;'
"#;

#[test]
fn parents_descriptors_and_folders_are_known_across_workers() {
    if let Some(reason) = watch::hindrance() {
        println!("skipped: {reason}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().display().to_string();
    let rules = folder.path().join("rules.yaml");
    std::fs::write(&rules, RULES.replace("%FOLDER%", &base)).unwrap();
    std::fs::write(folder.path().join("storm.sh"), STORM).unwrap();
    // The shell that is watched starts the storms: they are its children.
    let script = "read _; for s in 1 2 3 4; do sh $0/storm.sh $0/$s $1 & done; wait; /bin/true the-end";
    let mut shell =
        Command::new("sh").args(["-c", script, &base, &FORKS.to_string()]).stdin(Stdio::piped()).spawn().unwrap();
    let arguments =
        ["-r", rules.to_str().unwrap(), "--workers", "2", "-o", "json_output=false", "-o", "base_syscalls.all=true"];
    let Some(mut watch) = Watch::start(shell.id(), &arguments) else {
        shell.kill().unwrap();
        shell.wait().unwrap();
        return;
    };
    writeln!(shell.stdin.take().unwrap(), "go").unwrap();
    assert!(shell.wait().unwrap().success());
    let mut alerts = watch.alerts_until("the end");
    watch.signal("INT");
    let (status, rest) = watch.end();
    assert!(status.success(), "{:#?}", watch.words);
    assert!(watch.words.iter().any(|line| line.contains(" 0 lost ")), "{:#?}", watch.words);
    alerts.extend(rest.lines().map(str::to_owned));
    let count = |text: &str| alerts.iter().filter(|alert| alert.contains(text)).count();
    for storm in 1..=STORMS {
        let all = count(&format!("of sh of sh in {base}/{storm}/dir/"));
        assert_eq!(all, FORKS, "storm {storm}: {all} of {FORKS}: {alerts:#?}");
        assert_eq!(count(&format!("inherited {base}/{storm}/file by perl")), 1, "storm {storm}: {alerts:#?}");
    }
    assert_eq!(count("child "), STORMS * FORKS);
}
