//! `matchmaker check`, as a container's health check runs it.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    process::Command,
    thread,
};

use crate::process::{Running, ended, program};

fn check(server: SocketAddr) -> Command {
    let mut command = program();
    command.arg("check").arg(format!("--url=http://{server}"));
    command
}

/// It ended with code 1 and one line on standard error; gives the line.
fn complaint(command: &mut Command) -> String {
    let output = ended(command);
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    said
}

/// A server that answers its first request with this, and then closes.
fn answering(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut head = [0; 1024];
        let read = stream.read(&mut head).expect("a request");
        assert!(head[..read].starts_with(b"GET /readyz HTTP/1.1\r\n"));
        stream.write_all(answer.as_bytes()).expect("an answer is sent");
    });
    address
}

#[test]
fn a_ready_server_passes_without_a_word_by_url_and_by_its_own_settings() {
    let server = Running::start(&[]);
    let port = server.address.port().to_string();
    for command in [
        &mut check(server.address),
        program().args(["--port", &port, "check"]),
        program().env("PORT", &port).env("HOST", "0.0.0.0").arg("check"),
    ] {
        let output = ended(command);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{output:?}");
    }
}

#[test]
fn operators_with_a_port_of_their_own_are_asked_there_wherever_clients_are() {
    for hosts in [&[] as &[_], &[("HOST", "0.0.0.0")], &[("OPS_HOST", "0.0.0.0")]] {
        let port = free_port();
        let flags: Vec<String> = hosts
            .iter()
            .map(|(variable, host)| format!("--{}={host}", variable.to_lowercase().replace('_', "-")))
            .chain([format!("--ops-port={port}")])
            .collect();
        let server = Running::start(&flags.iter().map(String::as_str).collect::<Vec<_>>());
        let output = ended(program().env("OPS_PORT", port.to_string()).envs(hosts.iter().copied()).arg("check"));
        assert_eq!(output.status.code(), Some(0), "{hosts:?}: {output:?}");
        drop(server);
    }
}

/// A port that nobody has at the moment, on any address.
fn free_port() -> u16 {
    let listener = TcpListener::bind("0.0.0.0:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

#[test]
fn a_server_that_is_not_there_fails() {
    let gone = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address");
    let line = complaint(&mut check(gone));
    assert!(line.contains(&gone.port().to_string()) && line.contains("refused"), "{line}");
}

#[test]
fn a_server_that_is_not_ready_fails_with_what_it_says_of_itself() {
    let answer =
        "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n{\"detail\":\"the store\\u001b is on fire\"}";
    let line = complaint(&mut check(answering(answer)));
    assert!(line.contains("503") && line.contains("the store  is on fire"), "{line}");
}

#[test]
fn something_else_on_the_port_fails() {
    let line = complaint(&mut check(answering("SSH-2.0-OpenSSH_9.6\r\n")));
    assert!(line.contains("no HTTP answer"), "{line}");
    let line = complaint(&mut check(answering("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")));
    assert!(line.contains("404"), "{line}");
}

#[test]
fn a_server_that_says_nothing_fails_when_the_time_is_over() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let line = complaint(check(silent.local_addr().expect("an address")).arg("--timeout=1s"));
    assert!(line.contains("within 1s"), "{line}");
}

#[test]
fn bad_usage_is_refused_in_one_line_with_the_code_of_a_server_that_is_not_ready() {
    let line = complaint(program().args(["check", "--url=https://host"]));
    assert!(line.contains("http://host:port"), "{line}");
    complaint(program().args(["check", "--timeout=soon"]));
    complaint(program().args(["--port=0", "check"]));
    complaint(program().args(["--prot=1", "check"]));
    complaint(program().env("OPS_PORT", "0").arg("check"));
    complaint(program().env("PORT", "x").arg("check"));
}

#[test]
fn a_check_does_not_mind_settings_that_it_does_not_need() {
    let server = Running::start(&[]);
    let output = ended(check(server.address).env("SEARCH_TIME", "0").env("GAMES", ""));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn a_server_that_is_full_fails_with_what_it_says_before_it_is_asked() {
    let server = Running::start(&["--max-connections=2"]);
    let held = [server.connect(), server.connect()];
    let line = complaint(&mut check(server.address));
    assert!(line.contains("503") && line.contains("as many connections are open as may be"), "{line}");
    drop(held);
}
