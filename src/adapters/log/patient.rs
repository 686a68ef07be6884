use std::{
    io::{self, ErrorKind, Write},
    os::fd::AsFd,
};

use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};

/// An output that is waited for while it is full, as it would be anyway if nobody had made it non-blocking. Whether it is does
/// not lie with this process: a pipe or a terminal is so for all that have it.
pub(super) struct Patient<W>(pub(super) W);

impl<W: Write + AsFd> Patient<W> {
    fn when_ready<T>(&mut self, work: impl Fn(&mut W) -> io::Result<T>) -> io::Result<T> {
        loop {
            match work(&mut self.0) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    match poll(&mut [PollFd::new(&self.0, PollFlags::OUT)], None) {
                        Ok(_) | Err(Errno::INTR) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                result => return result,
            }
        }
    }
}

impl<W: Write + AsFd> Write for Patient<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.when_ready(|output| output.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.when_ready(Write::flush)
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Read, thread};

    use rustix::fs::{OFlags, fcntl_setfl};

    use super::*;

    #[test]
    fn what_a_full_output_does_not_take_at_once_it_takes_later() {
        let (mut reader, writer) = io::pipe().expect("a pipe");
        fcntl_setfl(&writer, OFlags::NONBLOCK).expect("it is made non-blocking");
        // More than any pipe holds.
        let text = vec![b'x'; 4 * 1024 * 1024];
        let sent = text.clone();
        let writing = thread::spawn(move || Patient(writer).write_all(&sent));

        let mut read = Vec::new();
        reader.read_to_end(&mut read).expect("a pipe can be read");

        writing.join().expect("it does not panic").expect("it is written");
        assert!(read == text);
    }

    #[test]
    fn an_output_whose_reader_is_gone_is_broken_and_not_waited_for() {
        let (reader, mut writer) = io::pipe().expect("a pipe");
        fcntl_setfl(&writer, OFlags::NONBLOCK).expect("it is made non-blocking");
        while writer.write(&[b'x'; 1024]).is_ok() {}
        drop(reader);

        let error = Patient(writer).write(b"x").expect_err("nobody reads it");
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    }
}
