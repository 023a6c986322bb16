//! Fields of event sources whose plugins are published but not loaded here: rules of those sources cannot run, but can be
//! looked at for mistakes.

use std::sync::{Arc, LazyLock};

use windhover_filter::{Arity, FieldArg, FieldFlags, Scope, Scratch, Value};

use crate::Catalogue;
use crate::definition::{ArgForm, Class, FieldType};
use crate::dynamic::{DynamicField, Extract};
use crate::values::EventValues;

/// Source (or `*` for all), name, type, argument, `one` or `list`; a field in each line.
const TABLE: &str = include_str!("foreign.tsv");

static CATALOGUES: LazyLock<Vec<Catalogue>> = LazyLock::new(|| {
    let rows = || TABLE.lines().filter_map(Row::read);
    let mut sources: Vec<&str> = rows().map(|row| row.source).filter(|source| *source != "*").collect();
    sources.sort_unstable();
    sources.dedup();
    sources
        .into_iter()
        .map(|source| {
            let mut catalogue = Catalogue::plugin(source);
            for row in rows().filter(|row| row.source == source || row.source == "*") {
                // A name that is taken stays what it is.
                _ = catalogue.add(row.field());
            }
            catalogue
        })
        .collect()
});

struct Row<'a> {
    source: &'a str,
    name: &'a str,
    ty: FieldType,
    arg: ArgForm,
    arity: Arity,
}

impl<'a> Row<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let columns: Vec<&str> = line.split('\t').collect();
        let [source, name, ty, arg, arity] = columns[..] else { return None };
        let ty = match ty {
            "uint64" => FieldType::Uint64,
            "ipaddr" => FieldType::IpAddr,
            _ => FieldType::CharBuf,
        };
        let arg = match arg {
            "optional index" => ArgForm::OptionalIndex,
            "required index" => ArgForm::Index,
            "required key" => ArgForm::Key,
            _ => ArgForm::None,
        };
        Some(Self { source, name, ty, arg, arity: if arity == "list" { Arity::List } else { Arity::One } })
    }

    fn field(&self) -> DynamicField {
        DynamicField {
            name: self.name.into(),
            class: Class::Dynamic.name().into(),
            ty: self.ty,
            arg: self.arg,
            arity: self.arity,
            scope: Scope::Event,
            flags: FieldFlags::default(),
            hidden: false,
            suggested: false,
            doc: "".into(),
            extract: Arc::new(Nothing),
        }
    }
}

/// No event of these sources ever comes.
struct Nothing;

impl Extract for Nothing {
    fn get<'a>(&'a self, _: &'a EventValues<'_>, _: &FieldArg, _: &'a mut Scratch) -> Option<Value<'a>> {
        None
    }
}

impl Catalogue {
    /// The fields of a source whose plugin is published, though it is not here.
    pub fn foreign(source: &str) -> Option<&'static Self> {
        CATALOGUES.iter().find(|catalogue| catalogue.source() == source)
    }
}

#[cfg(test)]
mod tests {
    use windhover_filter::Schema;

    use super::*;

    #[test]
    fn fields_of_published_plugins_are_known() {
        let audit = Catalogue::foreign("k8s_audit").expect("its fields are in the table");
        for text in ["ka.verb", "ka.req.pod.containers.image", "jevt.value[/a/b]", "json.obj", "evt.time"] {
            assert!(audit.lookup(text).is_ok(), "{text}: {:?}", audit.lookup(text));
        }
        assert!(audit.lookup("ct.name").is_err() && audit.lookup("proc.name").is_err());
        assert!(Catalogue::foreign("aws_cloudtrail").is_some_and(|fields| fields.lookup("ct.name").is_ok()));
        assert!(Catalogue::foreign("nothing").is_none());
        assert_eq!(TABLE.lines().count(), TABLE.lines().filter_map(Row::read).count());
    }
}
