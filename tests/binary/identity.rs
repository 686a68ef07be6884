//! Identity as an operator turns it on, and keys as they are rotated.

use std::{
    fs,
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use jsonwebtoken::{EncodingKey, Header};
use rustix::{
    fs::{CWD, FileType, Mode, mknodat},
    process::Signal,
};
use serde_json::json;
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::{Message, client};

use crate::process::{Running, program, refusal};

const OLD: &str = "the old secret, of 32 bytes or so";
const NEW: &str = "the new secret, of 32 bytes or so";

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn write(file: &Path, content: &str) {
    fs::write(file, content).expect("a file can be written");
}

/// A token for alice that lasts an hour.
fn token(secret: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is past 1970");
    let claims = json!({"sub": "alice", "exp": now.as_secs() + 3600});
    jsonwebtoken::encode(&Header::default(), &claims, &EncodingKey::from_secret(secret.as_bytes())).expect("a token")
}

/// What the server answers to alice's look at her standing.
fn look(server: &Running, token: &str) -> (u16, String) {
    server.call_with(&format!("authorization: Bearer {token}"), "GET", "/api/find-match/alice", "")
}

#[test]
fn without_identity_the_server_says_once_that_anybody_may_speak_for_anybody() {
    let server = Running::start(&[]);
    assert_eq!(server.before.len(), 1, "{:?}", server.before);
    let line = &server.before[0];
    assert!(line.contains("WARN") && line.contains("may speak for any player"), "{line}");
    assert!(server.listening.contains("127.0.0.1:"), "{}", server.listening);
}

#[test]
fn with_identity_it_says_by_what_tokens_are_checked() {
    let folder = folder();
    let file = folder.path().join("secret");
    write(&file, OLD);
    let server = Running::start(&["--auth=jwt", &format!("--jwt-secret-file={}", file.display())]);
    assert_eq!(server.before.len(), 1, "{:?}", server.before);
    let line = &server.before[0];
    assert!(line.contains("WARN callers show who they are by tokens, and any token that these keys signed"), "{line}");
    assert!(line.contains("1 HS256") && line.contains("audience_checked=false"), "{line}");
    let file_flag = format!("--jwt-secret-file={}", file.display());
    let checking = Running::start(&["--auth=jwt", &file_flag, "--jwt-audience=matchmaker"]);
    assert_eq!(checking.before.len(), 1, "{:?}", checking.before);
    assert!(checking.before[0].contains("INFO callers show who they are by tokens"), "{:?}", checking.before);
    assert_eq!(look(&server, &token(OLD)), (200, r#"{"status":"idle"}"#.to_owned()));
    assert_eq!(look(&server, &token(NEW)).0, 401);
}

#[test]
fn settings_that_contradict_each_other_are_refused_at_the_start() {
    assert!(refusal(program().args(["--port=0", "--auth=jwt"])).contains("--jwt-secret-file"));
    let line = refusal(program().args(["--port=0", "--jwt-secret-file=/dev/null"]));
    assert!(line.contains("--jwt-secret-file") && line.contains("--auth jwt"), "{line}");
    let line = refusal(program().arg("--port=0").env("JWT_ISSUER", "x"));
    assert!(line.contains("JWT_ISSUER") && line.contains("--auth jwt"), "{line}");
}

#[test]
fn a_file_that_holds_no_key_is_refused_at_the_start_by_its_name() {
    let folder = folder();
    let (good, empty) = (folder.path().join("good"), folder.path().join("empty"));
    write(&good, OLD);
    write(&empty, "\n");
    for file in [&empty, &folder.path().join("absent")] {
        // The variable holds two files, the first of which is good.
        let files = format!("{},{}", good.display(), file.display());
        let line = refusal(program().args(["--port=0", "--auth=jwt"]).env("JWT_SECRET_FILE", files));
        assert!(line.contains(&format!("the file {} of --jwt-secret-file", file.display())), "{line}");
    }
    let public = format!("--jwt-public-key-file={}", good.display());
    let line = refusal(program().args(["--port=0", "--auth=jwt", &public]));
    assert!(line.contains(&good.display().to_string()) && line.contains("BEGIN PUBLIC KEY"), "{line}");
    assert!(!line.contains(OLD), "{line}");
}

#[test]
fn keys_are_rotated_without_a_restart() {
    let folder = folder();
    let file = folder.path().join("secret");
    write(&file, OLD);
    let server = Running::start(&["--auth=jwt", &format!("--jwt-secret-file={}", file.display())]);
    write(&file, NEW);
    assert_eq!(look(&server, &token(OLD)).0, 200);

    server.signal(Signal::HUP);
    let line = server.line();
    assert!(line.contains(" INFO the keys for tokens were read again keys=1"), "{line}");
    assert_eq!((look(&server, &token(OLD)).0, look(&server, &token(NEW)).0), (401, 200));

    fs::remove_file(&file).expect("a file can be removed");
    server.signal(Signal::HUP);
    let line = server.line();
    assert!(line.contains("ERROR the keys for tokens stay as they were"), "{line}");
    assert!(line.contains(&file.display().to_string()), "{line}");
    assert_eq!((look(&server, &token(OLD)).0, look(&server, &token(NEW)).0), (401, 200));
}

#[test]
fn a_pipe_in_a_key_files_place_keeps_the_server_neither_from_rotating_nor_from_ending() {
    let folder = folder();
    let file = folder.path().join("secret");
    write(&file, OLD);
    let server = Running::start(&["--auth=jwt", &format!("--jwt-secret-file={}", file.display())]);
    fs::remove_file(&file).expect("a file can be removed");
    mknodat(CWD, &file, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a pipe can be made");
    server.signal(Signal::HUP);
    let line = server.line();
    assert!(line.contains("ERROR the keys for tokens stay as they were"), "{line}");
    assert!(line.contains("it is no regular file"), "{line}");
    assert_eq!(look(&server, &token(OLD)).0, 200);

    fs::remove_file(&file).expect("a pipe can be removed");
    write(&file, NEW);
    server.signal(Signal::HUP);
    let line = server.line();
    assert!(line.contains(" INFO the keys for tokens were read again keys=1"), "{line}");
    server.signal(Signal::TERM);
    server.expect_end(Duration::from_secs(10));
}

#[test]
fn without_identity_a_hangup_is_no_end() {
    let server = Running::start(&[]);
    for _ in 0..2 {
        server.signal(Signal::HUP);
        let line = server.line();
        assert!(line.contains("SIGHUP received; there is nothing to read again"), "{line}");
    }
    assert_eq!(server.call("GET", "/healthz", "").0, 200);
    server.signal(Signal::TERM);
    server.expect_end(Duration::from_secs(10));
}

#[test]
fn no_token_and_no_secret_stands_in_the_log() {
    let folder = folder();
    let file = folder.path().join("secret");
    write(&file, OLD);
    let server = Running::start(&["--auth=jwt", &format!("--jwt-secret-file={}", file.display())]);
    let (good, bad) = (token(OLD), token(NEW));
    for token in [&good, &bad] {
        look(&server, token);
        server.call("GET", &format!("/api/find-match/alice?token={token}"), "");
        let (mut socket, _) = client("ws://matchmaker.test/ws", server.connect()).expect("a handshake");
        socket
            .send(Message::text(format!(r#"{{"type":"register","playerId":"alice","token":"{token}"}}"#)))
            .expect("a message is sent");
        socket.read().expect("an answer");
    }
    server.signal(Signal::HUP);
    server.signal(Signal::TERM);
    let lines = server.expect_end(Duration::from_secs(10));
    assert!(lines.iter().any(|line| line.contains("player registered")), "{lines:?}");
    for secret in [OLD, NEW].into_iter().chain(good.split('.')).chain(bad.split('.')) {
        assert!(lines.iter().all(|line| !line.contains(secret)), "{secret} in {lines:?}");
    }
}
