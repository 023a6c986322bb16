//! Values of fields and transformers, built in the scratch space handed in.

use std::ops::ControlFlow;

use crate::{Call, Scratch, Source, Transformer, Value, Values, base64, getopt};

impl Source {
    /// The value; `None` where there is none now, and for what has several values (see [`Source::each`]).
    pub fn eval<'a, V: Values + ?Sized>(&'a self, values: &'a V, scratch: &'a mut Scratch) -> Option<Value<'a>> {
        match self {
            Source::Field(field) => values.get(field, scratch),
            Source::Text(text) => Some(Value::Str(text)),
            Source::List(_) => None,
            Source::Call(call) => call.eval(values, scratch),
        }
    }

    /// Calls `visit` with each value of a list (or with the one of a scalar) until it breaks. Returns whether the value
    /// exists now; if it does not, nothing is visited.
    pub fn each<V: Values + ?Sized>(
        &self,
        values: &V,
        scratch: &mut Scratch,
        visit: &mut dyn FnMut(Value<'_>) -> ControlFlow<()>,
    ) -> bool {
        match self {
            Source::Field(field) if field.arity != crate::Arity::One => values.each(field, scratch, visit),
            Source::List(sources) => {
                if !sources.iter().all(|source| source.eval(values, scratch).is_some()) {
                    return false;
                }
                for source in sources.iter() {
                    if source.eval(values, scratch).is_some_and(|value| visit(value).is_break()) {
                        break;
                    }
                }
                true
            }
            Source::Call(call) if call.list => call.options(values, scratch, visit).is_some(),
            scalar => match scalar.eval(values, scratch) {
                Some(value) => {
                    let _ = visit(value);
                    true
                }
                None => false,
            },
        }
    }
}

/// The bytes of a string or a buffer.
pub(crate) fn bytes(value: Value<'_>) -> Option<&[u8]> {
    match value {
        Value::Str(bytes) | Value::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

impl Call {
    fn eval<'a, V: Values + ?Sized>(&'a self, values: &'a V, scratch: &'a mut Scratch) -> Option<Value<'a>> {
        match self.transformer {
            Transformer::Val => self.args[0].eval(values, scratch),
            Transformer::ToLower => {
                let out = self.copied(values, scratch)?;
                out.make_ascii_lowercase();
                Some(Value::Str(out))
            }
            Transformer::ToUpper => {
                let out = self.copied(values, scratch)?;
                out.make_ascii_uppercase();
                Some(Value::Str(out))
            }
            Transformer::Base64 => {
                let (out, inner) = scratch.split();
                let value = self.args[0].eval(values, inner)?;
                out.clear();
                base64::decode(bytes(value)?, out)?;
                Some(if matches!(value, Value::Str(_)) { Value::Str(out) } else { Value::Bytes(out) })
            }
            Transformer::Basename => {
                let path = bytes(self.args[0].eval(values, scratch)?)?;
                let start = memchr::memrchr(b'/', path).map_or(0, |slash| slash + 1);
                Some(Value::Str(&path[start..]))
            }
            Transformer::Len => self.length(values, scratch).map(Value::Uint),
            Transformer::Join => self.join(values, scratch),
            Transformer::Concat => {
                let (out, inner) = scratch.split();
                out.clear();
                for arg in &self.args {
                    out.extend_from_slice(bytes(arg.eval(values, inner)?)?);
                }
                Some(Value::Str(out))
            }
            Transformer::GetOpt => self.picked_option(values, scratch),
        }
    }

    /// The only argument's bytes, copied to be changed.
    fn copied<'a, V: Values + ?Sized>(&self, values: &V, scratch: &'a mut Scratch) -> Option<&'a mut Vec<u8>> {
        let (out, inner) = scratch.split();
        let text = bytes(self.args[0].eval(values, inner)?)?;
        out.clear();
        out.extend_from_slice(text);
        Some(out)
    }

    /// Elements of a list, or bytes: of a string those before a NUL.
    fn length<V: Values + ?Sized>(&self, values: &V, scratch: &mut Scratch) -> Option<u64> {
        let arg = &self.args[0];
        if !arg.is_list() {
            return match arg.eval(values, scratch)? {
                Value::Str(text) => Some(memchr::memchr(0, text).unwrap_or(text.len()) as u64),
                Value::Bytes(bytes) => Some(bytes.len() as u64),
                _ => None,
            };
        }
        let mut count = 0;
        let exists = arg.each(values, scratch, &mut |_| {
            count += 1;
            ControlFlow::Continue(())
        });
        exists.then_some(count)
    }

    fn join<'a, V: Values + ?Sized>(&self, values: &V, scratch: &'a mut Scratch) -> Option<Value<'a>> {
        let (out, inner) = scratch.split();
        let (left, right) = inner.pair();
        let separator = bytes(self.args[0].eval(values, left)?)?;
        out.clear();
        let mut first = true;
        let exists = self.args[1].each(values, right, &mut |value| {
            if !first {
                out.extend_from_slice(separator);
            }
            first = false;
            out.extend_from_slice(bytes(value).unwrap_or_default());
            ControlFlow::Continue(())
        });
        exists.then_some(Value::Str(out))
    }

    /// The value of the option picked by `[x]`: the last one given, or the letter itself if it takes no value.
    fn picked_option<'a, V: Values + ?Sized>(&self, values: &V, scratch: &'a mut Scratch) -> Option<Value<'a>> {
        let picked = self.selector?;
        let (out, inner) = scratch.split();
        let mut found = false;
        self.scan(values, inner, &mut |option, argument| {
            if option == picked {
                found = true;
                out.clear();
                out.extend_from_slice(argument.unwrap_or(&[option]));
            }
            ControlFlow::Continue(())
        })?;
        found.then_some(Value::Str(out))
    }

    /// Options and their values as a list; `?` for those that are unknown.
    fn options<V: Values + ?Sized>(
        &self,
        values: &V,
        scratch: &mut Scratch,
        visit: &mut dyn FnMut(Value<'_>) -> ControlFlow<()>,
    ) -> Option<()> {
        self.scan(values, scratch, &mut |option, argument| {
            visit(Value::Str(&[option]))?;
            argument.map_or(ControlFlow::Continue(()), |argument| visit(Value::Str(argument)))
        })
    }

    /// Runs `getopt` over the first argument's list with the options of the second.
    fn scan<V: Values + ?Sized>(&self, values: &V, scratch: &mut Scratch, emit: &mut getopt::Emit<'_>) -> Option<()> {
        let (left, right) = scratch.pair();
        let options = bytes(self.args[1].eval(values, right)?)?;
        let mut scan = getopt::Scan::new(options);
        let exists = self.args[0].each(values, left, &mut |value| scan.feed(bytes(value).unwrap_or_default(), emit));
        if !exists {
            return None;
        }
        scan.finish(emit);
        Some(())
    }
}
