//! Which macros and lists are seen from where, in one file and over several.

use windhover_rules::{Priority, RuleSelection};

use crate::{RULE, condition, loaded, verdict};

fn using(name: &str) -> String {
    RULE.replace("evt.type=open", &format!("evt.type=open and {name}"))
}

fn macro_of(name: &str, condition: &str) -> String {
    format!("- macro: {name}\n  condition: {condition}\n")
}

#[test]
fn rules_see_all_macros_and_macros_see_earlier_ones() {
    let (a, b) = (macro_of("a", "proc.name=x"), macro_of("b", "a or proc.name=y"));
    let user = using("b");
    for (files, accepted) in [
        (vec![[a.as_str(), &b, &user].concat()], true),
        (vec![[user.as_str(), &a, &b].concat()], true),
        (vec![a.clone(), b.clone(), user.clone()], true),
        (vec![[b.as_str(), &a, &user].concat()], false),
        (vec![b.clone(), a.clone(), user.clone()], false),
        // A rule sees what comes later in its own file, but not what comes in a later one.
        (vec![user.clone(), [a.as_str(), &b].concat()], false),
        // A macro that is defined again sees what was defined until then.
        (vec![[macro_of("b", "proc.name=z").as_str(), &a, &b, &user].concat()], true),
        // So does one that is appended to.
        (
            vec![
                [
                    macro_of("b", "proc.name=z").as_str(),
                    &a,
                    "- macro: b\n  condition: or a\n  override: {condition: append}\n",
                    &user,
                ]
                .concat(),
            ],
            true,
        ),
        // What counts of the one that is used is its first definition.
        (vec![[a.as_str(), &b, &macro_of("a", "proc.name=w"), &user].concat()], true),
    ] {
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let said = verdict(&files);
        assert_eq!(said == "ok", accepted, "{files:?}: {said}");
        assert!(
            accepted || said == "LOAD_ERR_VALIDATE: Undefined macro 'a' used in filter." || said.contains("'b'"),
            "{said}"
        );
    }
}

#[test]
fn a_macro_that_is_defined_again_changes_its_earlier_users() {
    let files =
        [macro_of("a", "proc.name=x"), macro_of("b", "a or proc.name=y"), macro_of("a", "proc.name=w"), using("b")];
    let loaded = loaded(&[&files.concat()]);
    assert!(loaded.successful(), "{:?}", loaded.results);
    assert_eq!(loaded.rules.macros[1].macros, ["a"]);
    assert_eq!(loaded.rules.macros[0].ast.to_string(), "proc.name = w");
}

#[test]
fn a_macro_cannot_use_itself() {
    for text in [macro_of("m", "m"), [macro_of("m", "proc.name=x"), macro_of("m", "m or proc.name=y")].concat()] {
        let said = verdict(&[&text]);
        assert!(said.starts_with("LOAD_ERR_VALIDATE: "), "{said}");
    }
}

#[test]
fn lists_are_seen_from_everywhere() {
    let list = "- list: l\n  items: [a, b]\n";
    let user = using("proc.name in (l, c)");
    let want = "(evt.type = open and proc.name in (a, b, c))";
    for files in [vec![format!("{list}{user}")], vec![format!("{user}{list}")], vec![list.to_owned(), user.clone()]] {
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        assert_eq!(condition(&files), want, "{files:?}");
    }
    // In a list, one level, those that are defined before it; and as text any later one.
    let nested = "- list: a\n  items: [1, 2]\n- list: b\n  items: [a, 3]\n- list: c\n  items: [b, 4]\n";
    let user = using("proc.name in (c)");
    assert_eq!(condition(&[nested, &user]), "(evt.type = open and proc.name in (a, 3, 4))");
    let later = "- list: c\n  items: [b, 4]\n- list: b\n  items: [3]\n";
    assert_eq!(condition(&[later, &user]), "(evt.type = open and proc.name in (3, 4))");
}

#[test]
fn lists_are_put_in_as_text() {
    let lists =
        "- list: l\n  items: [a, b c, '\"q q\"', \"'s s'\"]\n- list: none\n  items: []\n- list: one\n  items: [x]\n";
    for (test, want) in [
        ("proc.name in (l)", r#"proc.name in (a, "b c", "q q", "s s")"#),
        ("proc.name in ( l )", r#"proc.name in (a, "b c", "q q", "s s")"#),
        ("proc.name in (z,l)", r#"proc.name in (z, a, "b c", "q q", "s s")"#),
        ("proc.name in (z, none)", "proc.name in (z)"),
        ("proc.name in (none, z)", "proc.name in (z)"),
        ("proc.name in (none)", "proc.name in ()"),
        ("proc.name in one", "proc.name in x"),
        ("proc.name=one", "proc.name = x"),
        ("proc.name='one'", "proc.name = one"),
        ("proc.name='a one b'", r#"proc.name = "a x b""#),
        ("proc.name in (one-more)", "proc.name in (one-more)"),
    ] {
        assert_eq!(condition(&[lists, &using(test)]), format!("(evt.type = open and {want})"), "{test}");
    }
}

#[test]
fn loading_stops_at_the_first_file_that_fails() {
    let broken = "- macro: m\n  condition: (\n";
    let loaded = loaded(&[RULE, broken, &RULE.replace("rule: r", "rule: s")]);
    let successful: Vec<bool> = loaded.results.iter().map(|result| result.successful()).collect();
    assert_eq!(successful.first(), Some(&true));
    assert_eq!(successful.get(1), Some(&false));
}

#[test]
fn selections_apply_in_their_order_and_move_rules_behind() {
    let named = |name: &str, more: &str| RULE.replace("rule: r", &format!("rule: {name}")) + more;
    let text = [
        named("ssh in", "  tags: [net, a]\n"),
        named("ssh out", "  tags: [net]\n"),
        named("file", "  enabled: false\n"),
        named("loud", "").replace("INFO", "ERROR"),
    ]
    .concat();
    let loaded = loaded(&[&text]);
    let select = |enable, rule: Option<&str>, tag: Option<&str>| RuleSelection {
        enable,
        rule: rule.map(Into::into),
        tag: tag.map(Into::into),
    };
    let order = |least: Priority, selections: &[RuleSelection]| {
        loaded.rules.enabled(least, selections).iter().map(|rule| rule.name.clone()).collect::<Vec<_>>().join(", ")
    };
    for (selections, want) in [
        (vec![], "ssh in, ssh out, loud"),
        (vec![select(true, Some("file"), None)], "ssh in, ssh out, loud, file"),
        (vec![select(false, Some("*"), None)], ""),
        (vec![select(false, Some("*"), None), select(true, Some("ssh*"), None)], "ssh in, ssh out"),
        (vec![select(false, Some("ssh in"), None), select(true, Some("ssh in"), None)], "ssh out, loud, ssh in"),
        (vec![select(false, None, Some("net"))], "loud"),
        (vec![select(false, None, Some("ne"))], "ssh in, ssh out, loud"),
        (vec![select(false, Some("loud"), Some("a"))], "ssh out"),
        (vec![select(false, Some("SSH*"), None)], "ssh in, ssh out, loud"),
        (vec![select(false, Some("*h*t"), None)], "ssh in, loud"),
        (vec![select(false, Some("ssh"), None)], "ssh in, ssh out, loud"),
    ] {
        assert_eq!(order(Priority::Debug, &selections), want, "{selections:?}");
    }
    assert_eq!(order(Priority::Error, &[select(true, Some("*"), None)]), "loud", "below the least priority");
}
