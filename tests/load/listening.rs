//! Whether a process is the one that listens at a port.

use std::{fs, io};

use crate::engine::Outcome;

/// The state of a socket that listens, as the system writes it.
const LISTENS: &str = "0A";

/// Fails if this process cannot be the server at that port. One that cannot be looked into, or that is in another network than
/// this one, where ports have other numbers, is believed.
pub(crate) fn check(pid: u32, port: u16) -> Outcome<()> {
    let network = |process: &str| fs::read_link(format!("/proc/{process}/ns/net"));
    if fs::metadata(format!("/proc/{pid}")).is_err() {
        return Err(format!("there is no process {pid}: --pid names the one that serves --url").into());
    }
    match (network(&pid.to_string()), network("self"), open_sockets(pid)) {
        (Ok(its), Ok(ours), Ok(sockets)) if its == ours => {
            if listening(port).iter().any(|inode| sockets.contains(inode)) {
                return Ok(());
            }
            Err(format!("process {pid} does not listen at port {port}: --pid names the one that serves --url").into())
        }
        _ => Ok(()),
    }
}

/// The sockets that a process has, by their numbers.
fn open_sockets(pid: u32) -> io::Result<Vec<String>> {
    let mut sockets = Vec::new();
    for descriptor in fs::read_dir(format!("/proc/{pid}/fd"))? {
        // A descriptor may have been closed since.
        let Ok(target) = fs::read_link(descriptor?.path()) else { continue };
        let target = target.to_string_lossy().into_owned();
        let number = target.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']'));
        sockets.extend(number.map(ToOwned::to_owned));
    }
    Ok(sockets)
}

/// The sockets of this network that listen at a port.
fn listening(port: u16) -> Vec<String> {
    let mut sockets = Vec::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        // A system may be without one of them.
        let text = fs::read_to_string(table).unwrap_or_default();
        sockets.extend(text.lines().filter_map(|line| listener(line, port)).map(ToOwned::to_owned));
    }
    sockets
}

/// The socket of this line, if it listens at the port.
fn listener(line: &str, port: u16) -> Option<&str> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (_, at) = fields.get(1)?.rsplit_once(':')?;
    let is = *fields.get(3)? == LISTENS && u16::from_str_radix(at, 16) == Ok(port);
    fields.get(9).copied().filter(|_| is)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn only_who_listens_at_the_port_can_be_its_server() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        check(std::process::id(), port).expect("this process listens there");
        drop(listener);
        check(std::process::id(), port).expect_err("and now it does not");
        check(u32::MAX, port).expect_err("there is no such process");
    }
}
