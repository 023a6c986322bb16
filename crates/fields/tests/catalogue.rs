//! The catalogue against the reference's table of fields, and the rules of name look-up.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // Helpers of tests are tests.

use std::path::Path;

use proptest::prelude::*;
use windhover_fields::{ArgForm, Catalogue, FieldType, PrintFormat, Template};
use windhover_filter::{Arity, Expr, FieldArg, LookupFieldError, Op, ParseOptions, Schema, Type, compile, parse};

fn shared(path: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        println!("skipped: {} is not there", path.display());
    }
    text
}

#[test]
fn every_field_of_the_reference_is_there_with_its_type_and_flags() {
    let Some(table) = shared("reference/fields.tsv") else { return };
    let catalogue = Catalogue::syscall();
    let mut checked = 0;
    for line in table.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [class, name, ty, arg, _, list, flags, print, ..] = columns[..] else { panic!("{line}") };
        let field = catalogue.fields().find(|field| field.name == name).unwrap_or_else(|| panic!("{name} is missing"));
        let type_name = if field.ty == FieldType::Dynamic { "DYN" } else { field.ty.name() };
        assert_eq!(type_name, ty, "{name}");
        assert_eq!(field.class, class, "{name}");
        let takes = match field.arg {
            ArgForm::None => "none",
            form if form.is_required() => "required",
            _ => "optional",
        };
        assert_eq!(takes, arg, "{name}");
        assert_eq!(field.arity == Arity::List, list == "yes", "{name}");
        assert_eq!(field.flags.filter_only, flags.contains("FILTER_ONLY"), "{name}");
        assert_eq!(field.flags.print_only, flags.contains("PRINT_ONLY"), "{name}");
        assert_eq!(field.flags.deprecated, flags.contains("DEPRECATED"), "{name}");
        assert_eq!(field.flags.no_rhs, flags.contains("NO_RHS"), "{name}");
        assert_eq!(field.flags.no_transformer, flags.contains("NO_TRANSFORMER"), "{name}");
        assert_eq!(field.hidden, flags.contains("TABLE_ONLY") || flags == "HIDDEN", "{name}");
        // The plugin suggests its two pod fields as well, though the table does not say so.
        let suggested = flags.contains("FORMAT_SUGGESTED") || matches!(name, "k8s.pod.name" | "k8s.ns.name");
        assert_eq!(field.suggested, suggested, "{name}");
        let printed = match field.print {
            PrintFormat::Plain => "NA",
            PrintFormat::Decimal => "DEC",
            PrintFormat::Id => "ID",
            PrintFormat::Hex => "HEX",
            PrintFormat::PaddedDecimal => "10_PADDED_DEC",
            PrintFormat::Direction => "DIR",
        };
        assert!(print == "-" || print == printed, "{name} is printed {printed}, should be {print}");
        checked += 1;
    }
    assert_eq!(checked, 294);
}

#[test]
fn names_are_looked_up_whole_with_their_arguments() {
    let catalogue = Catalogue::syscall();
    for (text, ty, arity) in [
        ("proc.name", Type::Str, Arity::One),
        ("proc.aname", Type::Str, Arity::Any),
        ("proc.aname[3]", Type::Str, Arity::One),
        ("proc.env[PATH]", Type::Str, Arity::One),
        ("evt.arg.flags", Type::Str, Arity::One),
        ("evt.arg[0]", Type::Str, Arity::One),
        ("evt.rawarg.res", Type::Int(64), Arity::One),
        ("evt.rawarg.euid", Type::Opaque, Arity::One),
        ("evt.type.is.open", Type::Uint(32), Arity::One),
        ("evt.abspath.src", Type::Str, Arity::One),
        ("thread.cgroup.memory", Type::Str, Arity::One),
        ("thread.cgroup[cpuset]", Type::Str, Arity::One),
        ("thread.cgroups", Type::Str, Arity::One),
        ("fd.types", Type::Str, Arity::List),
        ("fd.net", Type::IpNet, Arity::Ends),
        ("container.mount.dest[/proc*]", Type::Str, Arity::One),
        ("fs.path.resolved", Type::Str, Arity::One),
    ] {
        let field = catalogue.lookup(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!((field.ty, field.arity, &*field.text), (ty, arity, text));
    }
    for text in ["proc.namex", "proc.name.", "proc", "", "evt.argument", "fd.name[1]", "proc.name[1]", "evt.abspath.x"]
    {
        let error = catalogue.lookup(text).unwrap_err();
        assert!(error.to_string().contains("nonexistent field"), "{text}: {error}");
    }
    for (text, want) in [
        ("evt.arg", "field 'evt.arg' requires an argument: write evt.arg.name or [0]"),
        ("evt.arg.nothing", "unknown event argument nothing"),
        ("container.mount", "field 'container.mount' requires an argument: write container.mount[0] or [NAME]"),
    ] {
        assert_eq!(catalogue.lookup(text), Err(LookupFieldError::Argument { reason: want.into() }));
    }
}

#[test]
fn unknown_names_come_with_the_nearest_one() {
    let catalogue = Catalogue::syscall();
    let LookupFieldError::Unknown { similar, .. } = catalogue.lookup("proc.anmae[2]").unwrap_err() else { panic!() };
    assert_eq!(similar.as_deref(), Some("proc.aname[2]"));
}

#[test]
fn event_types_of_comparisons_must_exist() {
    let catalogue = Catalogue::syscall();
    let ty = catalogue.lookup("evt.type").unwrap();
    for name in ["open", "umask", "procexit", "container"] {
        assert_eq!(catalogue.check_literal(&ty, name.as_bytes()), Ok(()));
    }
    assert_eq!(catalogue.check_literal(&ty, b"op"), Err("unknown event type op".into()));
    let name = catalogue.lookup("proc.name").unwrap();
    assert_eq!(catalogue.check_literal(&name, b"op"), Ok(()));
}

#[test]
fn fields_of_the_configuration_are_added_once() {
    let mut catalogue = Catalogue::plugin("k8s_audit");
    catalogue.add_static("site", "north").unwrap();
    let field = catalogue.lookup("static.site").unwrap();
    assert_eq!((field.ty, field.arg), (Type::Str, FieldArg::None));
    assert!(catalogue.add_static("site", "south").is_err());
    assert!(catalogue.lookup("proc.name").is_err());
    assert_eq!(catalogue.suggested().collect::<Vec<_>>(), ["static.site"]);
}

#[test]
fn suggested_fields_come_in_the_order_that_people_know() {
    let want = "container_id=%container.id container_name=%container.name \
                container_image_repository=%container.image.repository container_image_tag=%container.image.tag \
                k8s_pod_name=%k8s.pod.name k8s_ns_name=%k8s.ns.name";
    assert_eq!(Catalogue::syscall().suggested_format(), want);
}

#[test]
fn around_means_within_a_distance_and_takes_no_other_operator() {
    let catalogue = Catalogue::syscall();
    let compiled = |condition: &str| {
        let ast = parse(condition, &ParseOptions::default()).unwrap();
        compile(&ast, &catalogue).map(|compiled| compiled.expr)
    };
    let Expr::Atom(predicate) = compiled("evt.around[1700000000000000000] = 5").unwrap() else { panic!() };
    assert_eq!(predicate.op, Op::Le);
    assert!(compiled("evt.around[1700000000000000000] > 5").is_err());
}

proptest! {
    #[test]
    fn any_text_is_a_field_or_refused(text in "(evt|proc|fd|container)?[.a-z\\[\\]0-9\"'é%]{0,24}") {
        let catalogue = Catalogue::syscall();
        if let Ok(field) = catalogue.lookup(&text) {
            prop_assert_eq!(&*field.text, text.as_str());
            prop_assert!(catalogue.describe(&field).is_some_and(|of| text.starts_with(of.name)));
        }
        let _ = Template::parse(&text, &catalogue);
        let _ = Template::parse(&format!("%{text}"), &catalogue);
    }
}
