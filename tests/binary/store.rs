//! Where the program is told to keep what it knows, and what it says when it cannot.

use std::net::TcpListener;

use crate::process::{Running, ended, program, refusal};

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
