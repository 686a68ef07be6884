//! How the program is told what to do, and what it says when it cannot.

use std::net::TcpListener;

use crate::process::{Running, ended, program, refusal};

#[test]
fn help_lists_every_setting_and_ends_well() {
    let output = ended(program().arg("--help"));
    let help = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    for (flag, variable) in [
        ("--port", "PORT"),
        ("--host", "HOST"),
        ("--log-format", "LOG_FORMAT"),
        ("--log-level", "LOG_LEVEL"),
        ("--access-log", "ACCESS_LOG"),
        ("--disconnect-grace", "DISCONNECT_GRACE"),
        ("--search-time", "SEARCH_TIME"),
        ("--match-lifetime", "MATCH_LIFETIME"),
        ("--match-retention", "MATCH_RETENTION"),
        ("--max-waiting", "MAX_WAITING"),
        ("--max-matches", "MAX_MATCHES"),
        ("--max-connections", "MAX_CONNECTIONS"),
        ("--keep-alive", "KEEP_ALIVE"),
        ("--drain-delay", "DRAIN_DELAY"),
        ("--ops-port", "OPS_PORT"),
        ("--ops-host", "OPS_HOST"),
        ("--rate-limit-player", "RATE_LIMIT_PLAYER"),
        ("--rate-limit-player-burst", "RATE_LIMIT_PLAYER_BURST"),
        ("--rate-limit-address", "RATE_LIMIT_ADDRESS"),
        ("--rate-limit-address-burst", "RATE_LIMIT_ADDRESS_BURST"),
        ("--max-connections-per-address", "MAX_CONNECTIONS_PER_ADDRESS"),
        ("--trusted-proxy", "TRUSTED_PROXY"),
        ("--cors-origin", "CORS_ORIGIN"),
        ("--pair-only-connected", "PAIR_ONLY_CONNECTED"),
        ("--games", "GAMES"),
        ("--min-stake", "MIN_STAKE"),
        ("--max-stake", "MAX_STAKE"),
        ("--auth", "AUTH"),
        ("--jwt-secret-file", "JWT_SECRET_FILE"),
        ("--jwt-public-key-file", "JWT_PUBLIC_KEY_FILE"),
        ("--jwt-issuer", "JWT_ISSUER"),
        ("--jwt-audience", "JWT_AUDIENCE"),
        ("--store", "STORE"),
        ("--store-prefix", "STORE_PREFIX"),
        ("--store-password-file", "STORE_PASSWORD_FILE"),
        ("--store-ca-file", "STORE_CA_FILE"),
    ] {
        assert!(help.contains(flag) && help.contains(&format!("[env: {variable}]")), "{flag} is missing in {help}");
    }
    for default in ["5000", "127.0.0.1", "text", "30s", "10m", "24h", "1h", "1000000", "2000000"] {
        assert!(help.contains(&format!("[default: {default}]")), "{default} is missing in {help}");
    }
}

#[test]
fn a_bad_value_is_refused_in_one_line_whether_by_flag_or_by_variable() {
    let bad = [
        ("--port", "PORT", "65536"),
        ("--host", "HOST", "localhost"),
        ("--log-format", "LOG_FORMAT", "xml"),
        ("--log-level", "LOG_LEVEL", "loud"),
        ("--access-log", "ACCESS_LOG", "maybe"),
        ("--disconnect-grace", "DISCONNECT_GRACE", "30"),
        ("--search-time", "SEARCH_TIME", "0"),
        ("--match-lifetime", "MATCH_LIFETIME", "-1h"),
        ("--match-retention", "MATCH_RETENTION", "soon"),
        ("--max-waiting", "MAX_WAITING", "0"),
        ("--max-matches", "MAX_MATCHES", "1e6"),
        ("--max-connections", "MAX_CONNECTIONS", "1"),
        ("--keep-alive", "KEEP_ALIVE", "1s"),
        ("--drain-delay", "DRAIN_DELAY", "1d"),
        ("--ops-port", "OPS_PORT", "70000"),
        ("--rate-limit-player", "RATE_LIMIT_PLAYER", "many"),
        ("--trusted-proxy", "TRUSTED_PROXY", "10.0.0.0/40"),
        ("--cors-origin", "CORS_ORIGIN", "https://a.example/"),
        ("--auth", "AUTH", "basic"),
    ];
    for (flag, variable, value) in bad {
        let line = refusal(program().arg(format!("{flag}={value}")));
        assert!(line.contains(flag) && line.contains(value), "{line}");

        let line = refusal(program().env(variable, value));
        assert!(line.contains(flag) && line.contains(value) && line.contains(variable), "{line}");
    }
    let line = refusal(program().arg("--prot=5000"));
    assert!(line.contains("--prot") && line.contains("--help"), "{line}");
    refusal(program().arg("5000"));
}

#[test]
fn more_connections_than_the_system_allows_are_refused_at_the_start() {
    let line = refusal(program().arg("--port=0").arg("--max-connections=999999999"));
    assert!(line.contains("ulimit -n"), "{line}");
}

#[test]
fn a_port_in_use_is_refused_in_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port().to_string();

    let line = refusal(program().args(["--port", &port]));

    assert!(line.contains(&format!("127.0.0.1:{port}")) && line.contains("--port"), "{line}");
}

#[test]
fn a_port_of_the_operators_that_is_in_use_is_refused_in_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port().to_string();

    let line = refusal(program().args(["--port=0", "--ops-port", &port]));

    assert!(line.contains(&format!("127.0.0.1:{port}")) && line.contains("--ops-port"), "{line}");
}

#[test]
fn an_address_of_another_machine_is_refused_in_one_line() {
    let line = refusal(program().args(["--host", "192.0.2.1", "--port", "0"]));
    assert!(line.contains("192.0.2.1:0") && line.contains("--host"), "{line}");
}

#[test]
fn a_server_on_any_free_port_serves() {
    let server = Running::start(&[]);
    assert_eq!(server.call("GET", "/healthz", ""), (200, r#"{"status":"ok"}"#.to_owned()));
    assert_eq!(server.call("GET", "/readyz", ""), (200, r#"{"status":"ready"}"#.to_owned()));
    assert_eq!(server.find("alice"), r#"{"status":"waiting"}"#);
}
