//! `proc.a*` fields: the ancestors of the process, one by number or all.

use windhover_filter::{Arity, Scope};

use crate::definition::{ArgForm, Class, Definition, Maker, PrintFormat};

const F: Maker = Maker { class: Class::Process, scope: Scope::Process };

const fn ancestors(definition: Definition) -> Definition {
    definition.arg(ArgForm::OptionalIndex).arity(Arity::Any).lhs_only()
}

pub(crate) const FIELDS: &[Definition] = &[
    ancestors(F.text("proc.aexe", "`proc.exe` of the n-th ancestor (0 is the process itself), or of any.")),
    ancestors(F.text("proc.aexepath", "`proc.exepath` of the n-th ancestor, or of any.")),
    ancestors(F.text("proc.aname", "`proc.name` of the n-th ancestor, or of any.")),
    F.text(
        "proc.aargs",
        "`proc.args` of the n-th ancestor; without a number those of all ancestors, joined by blanks.",
    )
    .arg(ArgForm::OptionalIndex),
    ancestors(F.text("proc.acmdline", "`proc.cmdline` of the n-th ancestor, or of any.")),
    F.text(
        "proc.aenv",
        "Environment of the n-th ancestor or of any; `[NAME]` is the nearest ancestor's value of a variable.",
    )
    .arg(ArgForm::OptionalKeyOrIndex)
    .arity(Arity::Any)
    .lhs_only(),
    ancestors(F.int64("proc.apid", "`proc.pid` of the n-th ancestor, or of any.").print(PrintFormat::Id)),
];
