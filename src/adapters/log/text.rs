use std::{
    fmt::{self, Debug},
    io::Write as _,
    time::SystemTime,
};

use humantime::format_rfc3339_micros;
use tracing::{
    Event, Level,
    field::{Field, Visit},
};

use super::escaping;

/// Appends the event to the line: the time, the level, what happened, and the fields as `name=value`.
pub(super) fn push(line: &mut Vec<u8>, time: SystemTime, event: &Event<'_>, request_id: Option<&str>) {
    write!(line, "{}", format_rfc3339_micros(time)).unwrap_or_default();
    line.extend_from_slice(level(*event.metadata().level()));
    event.record(&mut Text { line });
    if let Some(id) = request_id {
        line.extend_from_slice(b" request_id=");
        line.extend_from_slice(id.as_bytes());
    }
    line.push(b'\n');
}

/// Between blanks, and all as wide as the widest.
const fn level(level: Level) -> &'static [u8] {
    match level {
        Level::ERROR => b" ERROR",
        Level::WARN => b"  WARN",
        Level::INFO => b"  INFO",
        Level::DEBUG => b" DEBUG",
        Level::TRACE => b" TRACE",
    }
}

struct Text<'a> {
    line: &'a mut Vec<u8>,
}

impl Text<'_> {
    /// The message has no name, and every other field has one.
    fn name(&mut self, field: &Field) {
        self.line.push(b' ');
        let name = field.name();
        if name != "message" {
            self.push(name);
            self.line.push(b'=');
        }
    }

    fn push(&mut self, text: &str) {
        escaping::push(self.line, text, escaping::is_printable, escape);
    }

    /// A value that fails to be written is in the line as far as it came.
    fn value(&mut self, value: fmt::Arguments<'_>) {
        fmt::Write::write_fmt(self, value).unwrap_or_default();
    }
}

fn escape(line: &mut Vec<u8>, character: char) {
    if escaping::is_seen(character) {
        return escaping::push_character(line, character);
    }
    character.escape_debug().for_each(|part| escaping::push_character(line, part));
}

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text);
        Ok(())
    }
}

impl Visit for Text<'_> {
    /// In quotes, unless it is the message.
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.record_debug(field, &format_args!("{value}"));
        } else {
            self.record_debug(field, &value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.name(field);
        self.value(format_args!("{value:?}"));
    }
}
