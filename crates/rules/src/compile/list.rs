//! Lists: what they hold in the end, and their textual substitution in conditions.

use memchr::memmem::Finder;
use windhover_diagnostics::Span;

use crate::collection::Collection;
use crate::exception::push_item;
use crate::item::ListItem;
use crate::text::Text;

/// A list with the items of lists that it names put in.
pub(super) struct Expanded<'c> {
    pub(super) item: &'c ListItem,
    /// Its items as they are put into conditions: quoted where needed, joined by `, `.
    text: Text,
    /// Finds its name.
    finder: Finder<'static>,
    pub(super) items: Vec<String>,
    /// The lists it names.
    pub(super) lists: Vec<String>,
    pub(super) used: bool,
}

/// Puts lists into lists. An item that names a list defined before is replaced by that list's items as written: one level.
pub(super) fn expand(collection: &Collection) -> Vec<Expanded<'_>> {
    let mut expanded: Vec<Expanded<'_>> = Vec::new();
    let mut used = Vec::new();
    for list in collection.lists.iter() {
        let mut items: Vec<&Text> = Vec::with_capacity(list.items.len());
        let mut lists = Vec::new();
        for item in &list.items {
            match collection.lists.get(item.as_str()).filter(|named| named.order.index < list.order.visibility) {
                Some(named) => {
                    items.extend(&named.items);
                    lists.push(named.name.clone());
                    used.extend(collection.lists.position(&named.name));
                }
                None => items.push(item),
            }
        }
        let mut text = Text::default();
        for item in &items {
            if !text.is_empty() {
                text.push_str(", ", item.locate(0..0).span);
            }
            push_item(&mut text, item, item.locate(0..item.len()).span);
        }
        let items = items.into_iter().map(|item| item.as_str().to_owned()).collect();
        let finder = Finder::new(list.name.as_bytes()).into_owned();
        expanded.push(Expanded { item: list, text, finder, items, lists, used: false });
    }
    for at in used {
        expanded[at].used = true;
    }
    expanded
}

/// A condition grew past the bound, by this list.
pub(super) struct TooLarge {
    pub(super) span: Span,
}

/// Replaces the names of all lists, one list after the other, so that items naming a later list are replaced too.
/// Returns the text and the lists that occurred in it.
pub(super) fn substitute(
    condition: &Text,
    lists: &mut [Expanded<'_>],
    bound: usize,
) -> Result<(Text, Vec<String>), TooLarge> {
    let mut text = condition.clone();
    let mut names = Vec::new();
    for list in lists {
        if let Some(replaced) = replace(&text, &list.finder, &list.text, bound)? {
            text = replaced;
            list.used = true;
            names.push(list.item.name.clone());
        }
    }
    Ok((text, names))
}

/// Replaces each occurrence of a name that stands between delimiters; `None` if there is none. Blanks around it are eaten and one
/// put back; an empty list takes a comma next to it along. Quotes mean nothing here, as in the reference.
fn replace(text: &Text, name: &Finder<'_>, items: &Text, bound: usize) -> Result<Option<Text>, TooLarge> {
    let bytes = text.as_str().as_bytes();
    let mut out = Text::default();
    let (mut copied, mut search, mut replaced) = (0, 0, false);
    while let Some(found) = find(bytes, name, search) {
        let after = found + name.needle().len();
        let before = if found > copied { Some(bytes[found - 1]) } else { out.as_str().bytes().last() };
        let delimited = before.is_none_or(is_delimiter) && bytes.get(after).copied().is_none_or(is_delimiter);
        if !delimited {
            search = found + 1;
            continue;
        }
        out.push_part(text, copied..found, None);
        out.truncate(out.as_str().trim_end_matches(is_blank).len());
        let mut next = after;
        while bytes.get(next).copied().is_some_and(|byte| is_blank(byte.into())) {
            next += 1;
        }
        if items.is_empty() {
            if out.as_str().ends_with(',') {
                out.truncate(out.len() - 1);
            } else if bytes.get(next) == Some(&b',') {
                next += 1;
            }
        }
        let place = text.locate(found..after);
        let via = place.via.unwrap_or(place.span);
        let at_start = out.is_empty();
        if !at_start {
            out.push_str(" ", via);
        }
        out.push_via(items, via);
        out.push_str(" ", via);
        if out.len() > bound {
            return Err(TooLarge { span: via });
        }
        // What follows a name at the very start is not looked at as the start of another.
        (copied, search, replaced) = (next, if at_start { next + 1 } else { next }, true);
    }
    if replaced {
        out.push_part(text, copied..bytes.len(), None);
    }
    Ok(replaced.then_some(out))
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'(' | b')' | b',' | b'=')
}

fn find(bytes: &[u8], name: &Finder<'_>, from: usize) -> Option<usize> {
    name.find(bytes.get(from..)?).map(|at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn substituted(condition: &str, lists: &[(&str, &[&str])]) -> String {
        let span = Span::default();
        let mut text = Text::standing_for(condition, span);
        for (name, items) in lists {
            let mut joined = Text::default();
            for item in *items {
                if !joined.is_empty() {
                    joined.push_str(", ", span);
                }
                push_item(&mut joined, &Text::standing_for(item, span), span);
            }
            if let Ok(Some(replaced)) = replace(&text, &Finder::new(name), &joined, 1 << 20) {
                text = replaced;
            }
        }
        text.as_str().to_owned()
    }

    #[test]
    fn names_between_delimiters_are_replaced_and_no_others() {
        let shells: &[(&str, &[&str])] = &[("shells", &["bash", "zsh -l", "'a b'"])];
        for (condition, want) in [
            ("x in (shells)", "x in ( bash, \"zsh -l\", 'a b' )"),
            ("x in (sh,\t shells , b)", "x in (sh, bash, \"zsh -l\", 'a b' , b)"),
            ("shells", "bash, \"zsh -l\", 'a b' "),
            ("x=shells", "x= bash, \"zsh -l\", 'a b' "),
            ("x in (\"shells\")", "x in (\"shells\")"),
            ("x = \"the shells (here)\"", "x = \"the bash, \"zsh -l\", 'a b' (here)\""),
            ("x in (my_shells, shells2)", "x in (my_shells, shells2)"),
            ("x in shells and y", "x in bash, \"zsh -l\", 'a b' and y"),
            ("shells shells", "bash, \"zsh -l\", 'a b' shells"),
            ("(shells shells)", "( bash, \"zsh -l\", 'a b' bash, \"zsh -l\", 'a b' )"),
        ] {
            assert_eq!(substituted(condition, shells), want, "{condition}");
        }
    }

    #[test]
    fn an_empty_list_takes_a_comma_along() {
        let none: &[(&str, &[&str])] = &[("none", &[])];
        for (condition, want) in [
            ("x in (none)", "x in (  )"),
            ("x in (a, none)", "x in (a  )"),
            ("x in (none, a)", "x in (   a)"),
            ("x in (a, none, b)", "x in (a  , b)"),
            ("x in (none, none)", "x in (  )"),
        ] {
            assert_eq!(substituted(condition, none), want, "{condition}");
        }
    }

    #[test]
    fn items_that_name_a_later_list_are_replaced_too() {
        assert_eq!(substituted("x in (a)", &[("a", &["b", "c"]), ("b", &["d"])]), "x in ( d , c )");
        assert_eq!(substituted("x in (a)", &[("b", &["d"]), ("a", &["b", "c"])]), "x in ( b, c )");
    }

    #[test]
    fn growth_is_bounded() {
        let span = Span::default();
        let text = Text::standing_for("a a a", span);
        assert!(replace(&text, &Finder::new("a"), &Text::standing_for(&"x".repeat(100), span), 150).is_err());
    }
}
