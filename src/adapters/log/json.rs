use std::{
    fmt::{self, Debug, Display},
    io::Write as _,
    time::SystemTime,
};

use humantime::format_rfc3339_micros;
use tracing::{
    Event,
    field::{Field, Visit},
};

use super::escaping;

/// Appends the event to the line, as one flat JSON object.
pub(super) fn push(line: &mut Vec<u8>, time: SystemTime, event: &Event<'_>, request_id: Option<&str>) {
    let (time, level) = (format_rfc3339_micros(time), event.metadata().level().as_str());
    write!(line, "{{\"timestamp\":\"{time}\",\"level\":\"{level}\"").unwrap_or_default();
    event.record(&mut Object { line });
    if let Some(id) = request_id {
        line.extend_from_slice(b",\"request_id\":\"");
        line.extend_from_slice(id.as_bytes());
        line.push(b'"');
    }
    line.extend_from_slice(b"}\n");
}

struct Object<'a> {
    line: &'a mut Vec<u8>,
}

impl Object<'_> {
    fn name(&mut self, field: &Field) {
        self.line.extend_from_slice(b",\"");
        self.push(field.name());
        self.line.extend_from_slice(b"\":");
    }

    /// A value that fails to be written is in the line as far as it came.
    fn string(&mut self, value: fmt::Arguments<'_>) {
        self.line.push(b'"');
        fmt::Write::write_fmt(self, value).unwrap_or_default();
        self.line.push(b'"');
    }

    fn literal(&mut self, field: &Field, value: impl Display) {
        self.name(field);
        write!(self.line, "{value}").unwrap_or_default();
    }

    fn push(&mut self, text: &str) {
        escaping::push(self.line, text, |byte| escaping::is_printable(byte) & !has_a_meaning(byte), escape);
    }
}

/// In a string of JSON.
const fn has_a_meaning(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\')
}

fn escape(line: &mut Vec<u8>, character: char) {
    let short = match character {
        '"' | '\\' => character,
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{c}' => 'f',
        '\r' => 'r',
        _ if escaping::is_seen(character) => return escaping::push_character(line, character),
        _ => {
            let mut units = [0; 2];
            return character
                .encode_utf16(&mut units)
                .iter()
                .for_each(|unit| line.extend(format!("\\u{unit:04x}").bytes()));
        }
    };
    line.push(b'\\');
    escaping::push_character(line, short);
}

impl fmt::Write for Object<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text);
        Ok(())
    }
}

impl Visit for Object<'_> {
    /// What is no number, as infinity, is null.
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.name(field);
        serde_json::to_writer(&mut *self.line, &value).unwrap_or_default();
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.literal(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.literal(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.literal(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.name(field);
        self.line.push(b'"');
        self.push(value);
        self.line.push(b'"');
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.name(field);
        self.string(format_args!("{value:?}"));
    }
}
