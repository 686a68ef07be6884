use std::{
    sync::{
        Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use tracing::{Dispatch, dispatcher::with_default, info};

use super::*;
use crate::adapters::log::{BUFFERED_BYTES, Log, LogFormat, LogLevel};

/// More than every small buffer takes.
const FLOOD: usize = 20_000;

/// An output that keeps each write apart, and takes nothing until it is opened.
#[derive(Clone, Default)]
struct Gate(Arc<Inside>);

#[derive(Default)]
struct Inside {
    writes: Mutex<Vec<Vec<u8>>>,
    is_open: Mutex<bool>,
    opening: Condvar,
    came: AtomicBool,
}

impl Gate {
    fn opened() -> Self {
        let gate = Self::default();
        gate.open();
        gate
    }

    fn open(&self) {
        *self.0.is_open.lock().expect("no test panics with it") = true;
        self.0.opening.notify_all();
    }

    fn writes(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.writes.lock().expect("no test panics with it")
    }

    fn lines(&self) -> Vec<String> {
        String::from_utf8(self.writes().concat()).expect("text").lines().map(ToOwned::to_owned).collect()
    }

    fn wait_for_a_writer(&self) {
        eventually(|| self.0.came.load(Ordering::Relaxed));
    }
}

impl Write for Gate {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.came.store(true, Ordering::Relaxed);
        let is_open = self.0.is_open.lock().expect("no test panics with it");
        drop(self.0.opening.wait_while(is_open, |is_open| !*is_open).expect("no test panics with it"));
        self.writes().push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An output that refuses everything until it is mended, after having taken a part.
#[derive(Clone, Default)]
struct Broken {
    mended: Arc<AtomicBool>,
    written: Gate,
}

impl Write for Broken {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.mended.load(Ordering::Relaxed) {
            return self.written.write(bytes);
        }
        if self.written.writes().is_empty() {
            return self.written.write(&bytes[..10]);
        }
        Err(ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An output that takes three bytes at a time and, twice out of three times, nothing.
#[derive(Default)]
struct Reluctant {
    calls: usize,
    written: Vec<u8>,
}

impl Write for Reluctant {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.calls += 1;
        match self.calls % 3 {
            0 => Err(ErrorKind::Interrupted.into()),
            1 => Err(ErrorKind::WouldBlock.into()),
            _ => self.written.write(&bytes[..bytes.len().min(3)]),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn log_to(output: impl Write + Send + 'static, room: usize) -> (Dispatch, Log) {
    Log::new(LogFormat::Text, LogLevel::Info, output, room)
}

fn eventually(happens: impl Fn() -> bool) {
    let begun = Instant::now();
    while !happens() {
        assert!(begun.elapsed() < Duration::from_secs(10), "it does not happen");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_line_is_written_while_the_log_is_idle_and_not_only_at_its_end() {
    let output = Gate::opened();
    let (dispatch, log) = log_to(output.clone(), BUFFERED_BYTES);

    with_default(&dispatch, || info!("a single line"));

    eventually(|| output.lines().last().is_some_and(|line| line.ends_with("INFO a single line")));
    drop(log);
}

#[test]
fn lines_that_come_while_the_output_is_busy_leave_together() {
    let output = Gate::default();
    let (dispatch, log) = log_to(output.clone(), BUFFERED_BYTES);
    with_default(&dispatch, || {
        info!("the first");
        output.wait_for_a_writer();
        (0..100).for_each(|number| info!(number, "a line"));
    });
    output.open();
    drop(log);
    assert_eq!(output.writes().len(), 2);
    assert_eq!(output.lines().len(), 101);
}

#[test]
fn no_line_of_several_threads_is_lost_torn_or_out_of_its_order_and_each_write_ends_with_a_line() {
    const THREADS: usize = 4;
    let output = Gate::opened();
    let (dispatch, log) = log_to(output.clone(), BUFFERED_BYTES);
    let dropped = log.dropped_lines();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let dispatch = &dispatch;
            scope.spawn(move || {
                with_default(dispatch, || (0..FLOOD / THREADS).for_each(|number| info!(thread, number, "a line")));
            });
        }
    });
    drop(log);
    assert_eq!(dropped.count(), 0);
    for write in output.writes().iter() {
        assert!(write.ends_with(b"\n") && write.len() <= BLOCK, "a write of {} bytes", write.len());
    }
    let mut expected = [0; THREADS];
    for line in output.lines() {
        let (_, fields) = line.split_once("INFO a line thread=").expect("a whole line");
        let (thread, number) = fields.split_once(" number=").expect("a whole line");
        let expected = &mut expected[thread.parse::<usize>().expect("a number")];
        assert_eq!(number.parse(), Ok(*expected));
        *expected += 1;
    }
    assert_eq!(expected, [FLOOD / THREADS; THREADS]);
}

#[test]
fn a_line_longer_than_a_block_is_whole() {
    let output = Gate::opened();
    let (dispatch, log) = log_to(output.clone(), BUFFERED_BYTES);
    let text = "x".repeat(3 * BLOCK);
    with_default(&dispatch, || {
        info!("before");
        info!("{text}");
        info!("after");
    });
    drop(log);
    let lines = output.lines();
    assert!(lines.len() == 3 && lines[1].ends_with(&format!("INFO {text}")) && lines[2].ends_with("INFO after"));
}

#[test]
fn lines_past_the_bound_are_dropped_and_every_one_is_counted() {
    const ROOM: usize = 4096;
    let output = Gate::default();
    let (dispatch, log) = log_to(output.clone(), ROOM);
    let dropped = log.dropped_lines();

    with_default(&dispatch, || (0..FLOOD).for_each(|number| info!(number, "a line of the flood")));
    let lost = usize::try_from(dropped.count()).expect("it is at most the flood");
    output.open();
    drop(log);

    let lines = output.lines();
    assert_eq!(lines.len() + lost, FLOOD);
    let written = output.writes().concat().len();
    assert!(written <= ROOM && ROOM - written <= lines[0].len() + 10, "{written} bytes");
}

#[test]
fn there_is_room_again_when_lines_are_written() {
    const ROOM: usize = 4096;
    let output = Gate::opened();
    let (dispatch, log) = log_to(output.clone(), ROOM);
    for number in 0..200 {
        with_default(&dispatch, || info!(number, "a line"));
        if number % 50 == 49 {
            eventually(|| output.lines().len() == number + 1);
        }
    }
    assert_eq!(log.dropped_lines().count(), 0);
    assert!(output.writes().concat().len() > 2 * ROOM);
}

#[test]
fn what_the_output_refuses_is_offered_again_and_what_finds_no_room_meanwhile_is_counted() {
    let output = Broken { written: Gate::opened(), ..Broken::default() };
    let (dispatch, log) = log_to(output.clone(), BUFFERED_BYTES);
    let dropped = log.dropped_lines();
    let mut said: u64 = 0;
    let mut say = || {
        with_default(&dispatch, || info!(number = said, "a line"));
        said += 1;
    };
    // The room becomes less only when the output has refused something, which is soon.
    let begun = Instant::now();
    while dropped.count() == 0 {
        assert!(begun.elapsed() < Duration::from_secs(10), "no line is dropped");
        say();
    }
    output.mended.store(true, Ordering::Relaxed);
    eventually(|| {
        let before = dropped.count();
        with_default(&dispatch, || info!("a line that asks"));
        dropped.count() == before
    });
    drop(log);
    let lines = output.written.lines();
    let numbers: Vec<u64> = lines.iter().filter_map(|line| line.split_once("number=")?.1.parse().ok()).collect();
    assert!(numbers.is_sorted() && numbers.len() > 1 && numbers[0] == 0, "{numbers:?}");
    assert!(numbers.len() as u64 >= said - 1, "only what found no room is missing");
    assert!(lines.iter().all(|line| line.contains("INFO a line")), "none is torn");
}

#[test]
fn an_output_that_takes_little_at_a_time_gets_each_byte_once() {
    let buffer = Arc::new(Buffer::new(BUFFERED_BYTES, Arc::default()));
    let mut output = Output::new(Reluctant::default(), Arc::clone(&buffer), BUFFERED_BYTES);
    let lines: Vec<String> = (0..5_000).map(|number| format!("line {number}\n")).collect();
    for line in &lines {
        buffer.append(line.as_bytes());
    }
    output.taken.extend(buffer.take().blocks);
    while output.write().is_err() {}
    assert!(output.target.written == lines.concat().as_bytes());
}

#[test]
fn the_end_of_the_log_does_not_wait_for_an_output_that_is_stuck() {
    let (ended, end) = mpsc::channel();
    let output = Gate::default();
    let (dispatch, log) = log_to(output.clone(), 4096);
    with_default(&dispatch, || (0..FLOOD).for_each(|number| info!(number, "a line of the flood")));
    output.wait_for_a_writer();

    thread::spawn(move || {
        drop(log);
        ended.send(())
    });

    end.recv_timeout(Duration::from_secs(10)).expect("it gives up after two seconds");
    output.open();
}

#[test]
fn the_end_of_the_log_does_not_wait_for_an_output_that_refuses() {
    let (dispatch, log) = log_to(Broken { written: Gate::opened(), ..Broken::default() }, BUFFERED_BYTES);
    with_default(&dispatch, || info!("a line"));
    let begun = Instant::now();
    drop(log);
    assert!(begun.elapsed() < Duration::from_secs(1));
}
