//! `proc.a*` fields: the ancestors of the process, one by number or all.

use std::ops::ControlFlow;

use windhover_filter::{Arity, FieldArg, Scope, Scratch, Value};
use windhover_system::Thread;

use super::process::{cmdline, env, variable};
use crate::definition::Shown;
use crate::definition::{ArgForm, Class, Definition, Maker, PrintFormat};
use crate::values::{EventValues, built, id, join, spaced, text};

const F: Maker = Maker { class: Class::Process, scope: Scope::Process };

const fn ancestors(definition: Definition) -> Definition {
    definition.arg(ArgForm::OptionalIndex).arity(Arity::Any).lhs_only()
}

pub(crate) const FIELDS: &[Definition] = &[
    ancestors(F.text("proc.aexe", "`proc.exe` of the n-th ancestor (0 is the process itself), or of any."))
        .get(|v, arg, _| text(&nth(v, arg)?.exe))
        .each(|v, _, _, visit| walk(v, |t| visit(Value::Str(&t.exe)))),
    ancestors(F.text("proc.aexepath", "`proc.exepath` of the n-th ancestor, or of any."))
        .get(|v, arg, _| text(&nth(v, arg)?.exepath))
        .each(|v, _, _, visit| walk(v, |t| visit(Value::Str(&t.exepath)))),
    ancestors(F.text("proc.aname", "`proc.name` of the n-th ancestor, or of any."))
        .get(|v, arg, _| text(&nth(v, arg)?.comm))
        .each(|v, _, _, visit| walk(v, |t| visit(Value::Str(&t.comm)))),
    F.text(
        "proc.aargs",
        "`proc.args` of the n-th ancestor; without a number those of all ancestors, joined by blanks.",
    )
    .arg(ArgForm::OptionalIndex)
    .get(args),
    ancestors(F.text("proc.acmdline", "`proc.cmdline` of the n-th ancestor, or of any."))
        .get(|v, arg, scratch| Some(cmdline(nth(v, arg)?, scratch)))
        .each(|v, _, scratch, visit| walk(v, |t| visit(cmdline(t, scratch)))),
    F.text(
        "proc.aenv",
        "Environment of the n-th ancestor or of any; `[NAME]` is the nearest ancestor's value of a variable.",
    )
    .arg(ArgForm::OptionalKeyOrIndex)
    .arity(Arity::Any)
    .lhs_only()
    .get(env_of)
    .each(|v, _, scratch, visit| {
        walk(v, |t| env(t, &FieldArg::None, scratch).map_or(ControlFlow::Continue(()), &mut *visit))
    })
    .shown(Shown::Get(env_of)),
    ancestors(F.int64("proc.apid", "`proc.pid` of the n-th ancestor, or of any.").print(PrintFormat::Id))
        .get(|v, arg, _| id(nth(v, arg)?.pid))
        .each(|v, _, _, visit| walk(v, |t| id(t.pid).map_or(ControlFlow::Continue(()), &mut *visit)))
        .shown(Shown::Get(|v, arg, _| match arg {
            FieldArg::Index(_) => id(nth(v, arg)?.pid),
            _ => id(v.thread()?.pid),
        })),
];

/// Ancestors beyond this are not asked for a variable.
const MAX_ENV_WALK: usize = 20;

/// The ancestor that the argument numbers; 0 is the process itself.
fn nth<'a>(v: &'a EventValues<'_>, arg: &FieldArg) -> Option<&'a Thread> {
    match *arg {
        FieldArg::Index(n) => v.context.ancestor(usize::try_from(n).ok()?),
        _ => None,
    }
}

/// Visits the ancestors, nearest first. The field exists if there is one.
fn walk(v: &EventValues<'_>, mut visit: impl FnMut(&Thread) -> ControlFlow<()>) -> bool {
    let mut any = false;
    for thread in v.context.ancestors() {
        any = true;
        if visit(thread).is_break() {
            break;
        }
    }
    any
}

fn args<'a>(v: &'a EventValues<'_>, arg: &FieldArg, scratch: &'a mut Scratch) -> Option<Value<'a>> {
    match arg {
        FieldArg::Index(_) => {
            let thread = nth(v, arg)?;
            built(scratch, |out| spaced(out, &thread.args))
        }
        _ => {
            v.context.ancestors().next()?;
            built(scratch, |out| join(out, b' ', v.context.ancestors().flat_map(|thread| thread.arg_list())))
        }
    }
}

/// With a name: the nearest ancestor's value that is not empty. With a number: the whole environment of the thread so
/// many parent ids up; 0 is the process itself.
fn env_of<'a>(v: &'a EventValues<'_>, arg: &FieldArg, scratch: &'a mut Scratch) -> Option<Value<'a>> {
    match arg {
        FieldArg::Key(name) => {
            let mut values = v
                .context
                .ancestors()
                .take(MAX_ENV_WALK)
                .filter_map(|thread| variable(v.context.main_of(thread)?, name));
            text(values.find(|value| !value.is_empty()).unwrap_or_default())
        }
        FieldArg::Index(0) | FieldArg::None => env(v.context.main()?, &FieldArg::None, scratch),
        FieldArg::Index(n) => {
            let thread = v.context.ancestors().nth(usize::try_from(*n).ok()?.checked_sub(1)?)?;
            env(v.context.main_of(thread)?, &FieldArg::None, scratch)
        }
    }
}
