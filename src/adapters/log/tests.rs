use std::sync::{Condvar, Mutex, MutexGuard};

use tracing::{debug, dispatcher::with_default, error, info, trace, warn};

use super::*;
use crate::adapters::{
    call::with_call_of,
    log::capture::{Captured, captured, captured_at},
};

/// An output that takes nothing until it is opened.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<Vec<u8>>, Mutex<bool>, Condvar)>);

impl Gate {
    fn open(&self) {
        *self.0.1.lock().expect("no test panics with it") = true;
        self.0.2.notify_all();
    }

    fn written(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.0.lock().expect("no test panics with it")
    }
}

impl Write for Gate {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let opened = self.0.1.lock().expect("no test panics with it");
        drop(self.0.2.wait_while(opened, |opened| !*opened).expect("no test panics with it"));
        self.written().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

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

/// An output that tells of each write as it happens.
struct Telling(mpsc::Sender<Vec<u8>>);

impl Write for Telling {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes.to_vec()).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// More than every buffer on the way takes.
const FLOOD: usize = 20_000;

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
        let Captured { lines, .. } = captured_at(level, |_| speak());
        assert_eq!(heard(&lines), expected, "{level:?}");
    }
}

#[test]
fn the_level_can_be_changed_and_each_change_is_told_at_the_level_it_sets() {
    let Captured { lines, .. } = captured_at(LogLevel::Error, |verbosity| {
        for _ in 0..5 {
            verbosity.change(LogLevel::louder);
        }
        debug!("a detail");
        verbosity.change(|_| LogLevel::Error);
        debug!("a detail");
    });
    let told: Vec<&str> = lines.iter().map(|line| line.split_once(' ').expect("a time").1.trim_start()).collect();
    let set = |level| format!("log level set level={level}");
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
fn a_line_is_written_while_the_log_is_idle_and_not_only_at_its_end() {
    let (written, line) = mpsc::channel();
    let (dispatch, log) = Log::new(LogFormat::Text, LogLevel::Info, Telling(written), 16);

    with_default(&dispatch, || info!("a single line"));

    let line = line.recv_timeout(Duration::from_secs(10)).expect("it is written without being asked for");
    assert!(String::from_utf8_lossy(&line).ends_with("INFO a single line\n"));
    drop(log);
}

#[test]
fn lines_past_the_bound_are_dropped_and_every_one_is_counted() {
    let gate = Gate::default();
    let (dispatch, log) = Log::new(LogFormat::Text, LogLevel::Info, gate.clone(), 4);
    let dropped = log.dropped_lines();

    with_default(&dispatch, || (0..FLOOD).for_each(|number| info!(number, "a line of the flood")));
    let lost = usize::try_from(dropped.count()).expect("it is at most the flood");
    gate.open();
    drop(log);

    assert!(lost > 0);
    let written = String::from_utf8_lossy(&gate.written()).lines().count();
    assert_eq!(written + lost, FLOOD);
}

#[test]
fn dropped_lines_are_reported_in_a_line_of_their_own_once_for_each_growth() {
    let (dispatch, log) = Log::new(LogFormat::Text, LogLevel::Info, Refusing, 16);
    let dropped = log.dropped_lines();
    let report = || captured(LogFormat::Text, || dropped.report()).lines;

    assert_eq!(report(), [""; 0]);

    dropped.refused.fetch_add(3, Ordering::Relaxed);
    let lines = report();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].ends_with("WARN log lines dropped total=3"), "{lines:?}");
    assert_eq!(report(), [""; 0]);

    dropped.refused.fetch_add(1, Ordering::Relaxed);
    assert!(report()[0].ends_with("total=4"));
    drop((dispatch, log));
}

#[test]
fn lines_that_the_output_refuses_are_counted() {
    let refused = Arc::default();
    let mut output = Output::new(Refusing, Arc::clone(&refused));
    let line = [b'x'; 1024];
    // The first 64 stay in the buffer, in the hope of better times.
    for _ in 0..70 {
        output.write_all(&line).expect("the log's thread never sees an error");
    }
    output.flush().expect("the log's thread never sees an error");
    assert_eq!(refused.load(Ordering::Relaxed), 6);
}

#[test]
fn the_end_of_the_log_does_not_wait_for_an_output_that_is_stuck() {
    let (ended, end) = mpsc::channel();
    let gate = Gate::default();
    let (dispatch, log) = Log::new(LogFormat::Text, LogLevel::Info, gate.clone(), 1);
    with_default(&dispatch, || (0..FLOOD).for_each(|number| info!(number, "a line of the flood")));

    thread::spawn(move || {
        drop(log);
        ended.send(())
    });

    end.recv_timeout(Duration::from_secs(10)).expect("it gives up after two seconds");
    gate.open();
}
