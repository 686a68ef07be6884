use std::{fmt, time::SystemTime};

use tracing::{debug, error, info, trace, warn};

use super::*;
use crate::adapters::{
    call::with_call_of,
    log::capture::{Captured, captured, captured_at},
};

/// An output that is gone.
struct Refusing;

impl Write for Refusing {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One line at each level.
fn speak() {
    error!("an error");
    warn!("a warning");
    info!("an event");
    debug!("a detail");
    trace!("a trifle");
    debug!(target: "hyper", "a library's detail");
    info!(target: "hyper", "a library's event");
}

/// The levels of the lines that are let through, libraries' marked.
fn heard(lines: &[String]) -> Vec<&str> {
    let levels = lines.iter().map(|line| {
        let level = line.split_whitespace().nth(1).expect("a level");
        if line.contains("library") { "library" } else { level }
    });
    levels.collect()
}

#[test]
fn each_level_includes_those_before_it_and_libraries_are_heard_in_detail_at_none() {
    for (level, expected) in [
        (LogLevel::Error, &["ERROR"] as &[&str]),
        (LogLevel::Warn, &["ERROR", "WARN"]),
        (LogLevel::Info, &["ERROR", "WARN", "INFO", "library"]),
        (LogLevel::Debug, &["ERROR", "WARN", "INFO", "DEBUG", "library"]),
        (LogLevel::Trace, &["ERROR", "WARN", "INFO", "DEBUG", "TRACE", "library"]),
    ] {
        let Captured { lines, .. } = captured_at(level, LogFormat::Text, |_| speak());
        assert_eq!(heard(&lines), expected, "{level:?}");
    }
}

#[test]
fn the_level_can_be_changed_and_each_change_is_told_at_the_level_it_sets() {
    let Captured { lines, .. } = captured_at(LogLevel::Error, LogFormat::Text, |verbosity| {
        for _ in 0..5 {
            verbosity.change(LogLevel::louder);
        }
        debug!("a detail");
        verbosity.change(|_| LogLevel::Error);
        debug!("a detail");
    });
    let told: Vec<&str> = lines.iter().map(|line| line.split_once(' ').expect("a time").1.trim_start()).collect();
    let set = |level| format!("log level set log_level={level}");
    let expected = [
        format!("WARN {}", set("warn")),
        format!("INFO {}", set("info")),
        format!("INFO {}", set("debug")),
        format!("INFO {}", set("trace")),
        format!("INFO {}", set("trace")),
        "DEBUG a detail".to_owned(),
        format!("ERROR {}", set("error")),
    ];
    assert_eq!(told, expected);
}

#[test]
fn the_line_of_a_change_tells_its_own_level_and_the_one_that_was_set() {
    let change = |verbosity: &Verbosity| verbosity.change(LogLevel::louder);
    let Captured { lines, .. } = captured_at(LogLevel::Error, LogFormat::Json, change);
    let members = r#""level":"WARN","message":"log level set","log_level":"warn"}"#;
    assert!(lines[0].ends_with(members), "{lines:?}");
}

#[test]
fn json_leaves_out_what_is_below_its_level_too() {
    let Captured { lines, .. } = captured(LogFormat::Json, speak);
    assert_eq!(lines.len(), 4, "{lines:?}");
}

#[test]
fn a_line_that_is_written_in_a_call_has_its_request_id_as_the_last_field() {
    let id = "a-Z_0.1:2/3+4=5@6";
    let happening = || {
        with_call_of(id, || {
            info!(number = 1, "inside");
            info!(text = "ü\n", "inside");
        });
        info!("outside");
    };
    let Captured { lines, .. } = captured(LogFormat::Text, happening);
    assert!(lines[0].ends_with(&format!(" INFO inside number=1 request_id={id}")), "{lines:?}");
    assert!(lines[1].ends_with(&format!(" request_id={id}")), "{lines:?}");
    assert!(lines[2].ends_with(" INFO outside"), "{lines:?}");

    let Captured { lines, .. } = captured(LogFormat::Json, happening);
    let read = |line: &String| serde_json::from_str::<serde_json::Value>(line).expect("a line is JSON");
    assert_eq!((&read(&lines[0])["request_id"], &read(&lines[0])["number"]), (&id.into(), &1.into()));
    assert_eq!((&read(&lines[1])["request_id"], &read(&lines[1])["text"]), (&id.into(), &"ü\n".into()));
    assert_eq!(read(&lines[2]).get("request_id"), None);
}

#[test]
fn text_from_elsewhere_neither_breaks_a_line_nor_steers_a_terminal() {
    for format in [LogFormat::Text, LogFormat::Json] {
        let Captured { written, lines } = captured(format, || {
            warn!(error = %"one\ntwo\r\u{1b}[31mthree\u{9b}2J für ₮ \u{2028}\u{2029}\u{202e}\u{e0001}\u{85}", "it\nfailed");
        });
        assert_eq!(lines.len(), 1, "{lines:?}");
        let unseen =
            |character: char| character.is_control() || "\u{2028}\u{2029}\u{202e}\u{e0001}".contains(character);
        assert!(!lines[0].contains(unseen), "{written:?}");
        if format == LogFormat::Json {
            let line: serde_json::Value = serde_json::from_str(&lines[0]).expect("a line is JSON");
            assert!(line["error"].as_str().unwrap().ends_with("₮ \u{2028}\u{2029}\u{202e}\u{e0001}\u{85}"), "{line}");
        }
        assert!(lines[0].contains(r"it\nfailed") && lines[0].contains(r"one\ntwo\r\u"), "{lines:?}");
        assert!(written.ends_with('\n') && lines[0].contains("2J für ₮"), "{lines:?}");
    }
}

#[test]
fn dropped_lines_are_reported_in_a_line_of_their_own_once_for_each_growth() {
    let (dispatch, log) = Log::new(LogFormat::Text, LogLevel::Info, Refusing, BUFFERED_BYTES);
    let dropped = log.dropped_lines();
    let report = || captured(LogFormat::Text, || dropped.report()).lines;

    assert_eq!(report(), [""; 0]);

    dropped.total.fetch_add(3, Ordering::Relaxed);
    let lines = report();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].ends_with("WARN log lines dropped total=3"), "{lines:?}");
    assert_eq!(report(), [""; 0]);

    dropped.total.fetch_add(1, Ordering::Relaxed);
    assert!(report()[0].ends_with("total=4"));
    drop((dispatch, log));
}

/// The lines without their times.
fn told(format: LogFormat, happening: impl FnOnce()) -> Vec<String> {
    let time = match format {
        LogFormat::Text => "2026-11-23T06:25:53.000001Z ".len(),
        LogFormat::Json => r#"{"timestamp":"2026-11-23T06:25:53.000001Z","#.len(),
    };
    captured(format, happening).lines.iter().map(|line| line[time..].to_owned()).collect()
}

/// One event with a field of each kind, and one without a message.
fn events() {
    info!(
        quoted = "a \"word\"",
        displayed = %"a \"word\" \\ 'x'\t",
        debugged = ?Some("a\tb"),
        count = 3_u64,
        change = -5_i64,
        wide = u128::MAX,
        share = 1.0,
        nothing = f64::INFINITY,
        done = true,
        dotted.name = "x",
        absent = Option::<u8>::None,
        "{} happened",
        "it"
    );
    warn!(alone = 1);
}

#[test]
fn a_text_line_has_the_level_the_message_and_the_fields_in_their_order() {
    let expected = [
        concat!(
            r#" INFO it happened quoted="a \"word\"" displayed=a "word" \ 'x'\t debugged=Some("a\tb") count=3 change=-5 "#,
            "wide=340282366920938463463374607431768211455 share=1.0 nothing=inf done=true dotted.name=\"x\""
        ),
        " WARN alone=1",
    ];
    assert_eq!(told(LogFormat::Text, events), expected);
}

#[test]
fn a_json_line_has_the_level_the_message_and_the_fields_in_their_order_as_what_they_are() {
    let expected = [
        concat!(
            r#""level":"INFO","message":"it happened","quoted":"a \"word\"","displayed":"a \"word\" \\ 'x'\t","#,
            r#""debugged":"Some(\"a\\tb\")","count":3,"change":-5,"wide":"340282366920938463463374607431768211455","#,
            r#""share":1.0,"nothing":null,"done":true,"dotted.name":"x"}"#
        ),
        r#""level":"WARN","alone":1}"#,
    ];
    assert_eq!(told(LogFormat::Json, events), expected);
}

#[test]
fn each_line_begins_with_the_wall_clock_to_the_microsecond() {
    let before = SystemTime::now() - Duration::from_micros(1);
    let Captured { lines, .. } = captured(LogFormat::Text, || info!("now"));
    let (time, _) = lines[0].split_once("  INFO ").expect("a time");
    let told = humantime::parse_rfc3339(time).expect("a time");
    assert_eq!(time.len(), "2026-11-23T06:25:53.000001Z".len());
    assert!((before..=SystemTime::now()).contains(&told), "{time}");
}

#[test]
fn whatever_stands_in_it_a_line_is_one_line_of_characters_that_are_seen_and_json_is_read_back_as_it_was() {
    let mut random = fastrand::Rng::with_seed(9);
    for _ in 0..500 {
        let mut text = || -> String {
            let any = |random: &mut fastrand::Rng| {
                if random.bool() { random.char(..) } else { random.char(..'\u{a0}') }
            };
            (0..random.usize(..12)).map(|_| any(&mut random)).collect()
        };
        let (message, displayed, quoted) = (text(), text(), text());
        let happening = || warn!(%displayed, quoted, debugged = ?quoted, "{message}");
        for format in [LogFormat::Text, LogFormat::Json] {
            let Captured { written, lines } = captured(format, happening);
            let line = written.strip_suffix('\n').expect("a line ends");
            assert_eq!(lines, [line]);
            assert!(line.chars().all(|character| "\"'\\".contains(character) || character.escape_debug().len() == 1));
            if format == LogFormat::Json {
                let line: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
                let read = [&line["message"], &line["displayed"], &line["quoted"], &line["debugged"]];
                assert_eq!(read, [&message, &displayed, &quoted, &format!("{quoted:?}")]);
            }
        }
    }
}

/// It writes a part of itself, and fails.
struct Failing;

impl fmt::Display for Failing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("half")?;
        Err(fmt::Error)
    }
}

#[test]
fn a_value_that_cannot_be_written_does_not_spoil_the_line() {
    let happening = || info!(first = %Failing, second = 2, "it");
    assert_eq!(told(LogFormat::Text, happening), [" INFO it first=half second=2"]);
    assert_eq!(told(LogFormat::Json, happening), [r#""level":"INFO","message":"it","first":"half","second":2}"#]);
}
