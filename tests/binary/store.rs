//! Where the program is told to keep what it knows, and what it says when it cannot.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    thread,
};

use crate::{
    process::{Running, ended, program, refusal},
    redis_server::{Options, RedisServer},
};

/// What no output may repeat.
const PASSWORD: &str = "open-sesame";

#[test]
fn a_store_that_is_none_is_refused_in_one_line_that_repeats_no_password() {
    for store in [
        "redis://me:open-sesame@host:port",
        "redis://me:open-sesame/@host",
        "rediss://me:open-sesame@host#insecure",
        "redis://me:open-sesame@0.0.0.0",
        "http://me:open-sesame@host",
    ] {
        for command in [
            program().args(["--store", store]),
            program().arg(format!("--store={store}")),
            program().env("STORE", store),
            program().args(["audit", "--store", store]),
            program().env("STORE", store).arg("audit"),
        ] {
            let line = refusal(command);
            assert!(line.contains("--store (or STORE in the environment)"), "{line}");
            assert!(line.contains("redis://[user[:password]@]host[:port][/database]"), "{line}");
            assert!(!line.contains(PASSWORD), "{line}");
        }
    }
    for command in [
        program().arg("redis://me:open-sesame@host"),
        program().args(["audit", "redis://me:open-sesame@host"]),
        program().arg("--stroe=redis://me:open-sesame@host"),
        program().args(["--store=redis://me:open-sesame@host", "--store-password-file=/nowhere"]),
        program().args(["--store=redis://me:open-sesame@host", "--store-ca-file=/nowhere"]),
        program().args(["--store=redis://me:open-sesame@host", "--store-prefix="]),
    ] {
        let line = refusal(command);
        assert!(!line.contains(PASSWORD), "{line}");
    }
}

#[test]
fn help_tells_no_password_that_stands_in_the_environment() {
    for arguments in [&["--help"] as &[&str], &["-h"], &["audit", "--help"]] {
        let output = ended(program().env("STORE", "redis://me:open-sesame@host").args(arguments));
        let help = String::from_utf8(output.stdout).expect("text");
        assert_eq!(output.status.code(), Some(0), "{help}");
        assert!(help.contains("--store") && !help.contains(PASSWORD), "{help}");
    }
}

#[test]
fn settings_about_redis_are_refused_with_memory_whether_by_flag_or_by_variable() {
    for (flag, variable) in [
        ("--store-prefix", "STORE_PREFIX"),
        ("--store-password-file", "STORE_PASSWORD_FILE"),
        ("--store-ca-file", "STORE_CA_FILE"),
    ] {
        for command in [program().args([flag, "x"]), program().env(variable, "x").arg("--store=memory")] {
            let line = refusal(command);
            assert!(line.contains(flag) && line.contains(variable) && line.contains("--store memory"), "{line}");
        }
    }
}

#[test]
fn memory_serves_and_cannot_be_audited() {
    let server = Running::start(&["--store=memory"]);
    assert_eq!(server.find("alice"), r#"{"status":"waiting"}"#);
    for command in [program().arg("audit"), program().args(["audit", "--store=memory"])] {
        let line = refusal(command);
        assert!(line.contains("dies with its process") && line.contains("--store redis://"), "{line}");
    }
}

#[test]
fn an_audit_of_a_store_that_is_not_there_ends_with_one_line_and_the_code_of_one_that_could_not_look() {
    let gone = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address");
    let line = refusal(program().arg("audit").arg(format!("--store=redis://me:open-sesame@{gone}")));
    assert!(line.contains(&format!("redis://{gone}/0")) && line.contains("refused"), "{line}");
    assert!(!line.contains(PASSWORD), "{line}");

    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = silent.local_addr().expect("an address");
    let line = refusal(program().args(["audit", "--timeout=1s"]).arg(format!("--store=redis://{address}")));
    assert!(line.contains(&address.to_string()), "{line}");
}

/// What a server says that is started with this store, and ends.
fn refusal_of_store(address: SocketAddr) -> String {
    let line = refusal(program().arg("--port=0").arg(format!("--store=redis://me:open-sesame@{address}")));
    assert!(line.contains(&format!("the store redis://{address}/0 cannot be used: ")), "{line}");
    assert!(!line.contains(PASSWORD), "{line}");
    line
}

/// Answers whatever it is asked with this, as often as it is asked.
fn answering(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut asked = [0; 4096];
            while stream.read(&mut asked).is_ok_and(|length| length > 0) && stream.write_all(answer.as_bytes()).is_ok()
            {
            }
        }
    });
    address
}

#[test]
fn a_server_whose_redis_is_not_there_or_is_none_ends_with_one_line() {
    let gone = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address");
    assert!(refusal_of_store(gone).contains("refused"));
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let line = refusal_of_store(silent.local_addr().expect("an address"));
    assert!(line.contains("timed out") || line.contains("no answer within 2s"), "{line}");
    let web = answering("HTTP/1.0 400 Bad Request\r\n\r\n<html>No</html>\r\n");
    assert!(refusal_of_store(web).contains("it answers what no Redis does"));
}

#[test]
fn a_redis_that_cannot_be_used_is_refused_in_one_line_that_says_why() {
    const CLUSTER: &[&str] = &["--cluster-enabled", "yes"];
    const EVICTING: &[&str] = &["--maxmemory-policy", "allkeys-lru"];
    for (arguments, why) in [(CLUSTER, "it runs in cluster mode"), (EVICTING, "maxmemory-policy is allkeys-lru")] {
        let Some(redis) = RedisServer::start(Options::default().with(arguments)) else { return };
        let line = refusal(program().arg("--port=0").arg(format!("--store={}", redis.url())));
        assert!(line.contains(why), "{line}");
    }
    let Some(redis) = RedisServer::start(Options::default().with_password("another")) else { return };
    assert!(refusal_of_store(redis.address()).to_lowercase().contains("password"));
    let old = answering("$20\r\nredis_version:6.2.14\r\n");
    let line = refusal(program().arg("--port=0").arg(format!("--store=redis://{old}")));
    assert!(line.contains("it is version 6.2.14, and 7.0 or later is needed"), "{line}");
}
