use std::fs;

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use proptest::prelude::*;
use redis::ConnectionAddr;

use super::*;

fn read(url: &str) -> Result<RedisSettings, UnusableRedis> {
    RedisSettings::read(&StoreSource { store: url, ..StoreSource::default() })
}

/// The line that refuses the URL.
fn refusal(url: &str) -> String {
    let line = read(url).expect_err("the URL is refused").to_string();
    assert_eq!(line.lines().count(), 1, "{line}");
    line
}

/// The host and the port, and whether TLS is spoken with them.
fn address(settings: &RedisSettings) -> (String, u16, bool) {
    match settings.client().get_connection_info().addr().clone() {
        ConnectionAddr::Tcp(host, port) => (host, port, false),
        ConnectionAddr::TcpTls { host, port, insecure: false, .. } => (host, port, true),
        other => panic!("not a connection to trust: {other:?}"),
    }
}

/// The user and the password.
fn credentials(settings: &RedisSettings) -> (Option<String>, Option<String>) {
    let client = settings.client();
    let redis = client.get_connection_info().redis_settings();
    (redis.username().map(Into::into), redis.password().map(Into::into))
}

/// Certificates of two authorities.
const AUTHORITIES: &str = concat!(include_str!("tests/authority.pem"), include_str!("tests/authority.pem"));

#[test]
fn a_url_tells_the_address_the_database_and_who_asks() {
    for (url, host, port, shown) in [
        ("redis://localhost", "localhost", 6379, "redis://localhost:6379/0"),
        ("redis://localhost/", "localhost", 6379, "redis://localhost:6379/0"),
        ("redis://10.0.0.7:7000/15", "10.0.0.7", 7000, "redis://10.0.0.7:7000/15"),
        ("redis://[fd00::7]", "fd00::7", 6379, "redis://[fd00::7]:6379/0"),
        ("redis://[fd00::7]:1/2147483647", "fd00::7", 1, "redis://[fd00::7]:1/2147483647"),
        ("redis://user:secret@a_b-c.example:65535", "a_b-c.example", 65535, "redis://a_b-c.example:65535/0"),
    ] {
        let settings = read(url).expect(url);
        assert_eq!(address(&settings), (host.to_owned(), port, false), "{url}");
        assert_eq!(settings.to_string(), shown);
        assert_eq!(format!("{settings:?}"), format!("RedisSettings({shown}, matchmaker)"));
    }
    let settings = read("rediss://host:1/3").expect("a URL");
    assert_eq!(address(&settings), ("host".to_owned(), 1, true));
    assert_eq!(settings.to_string(), "rediss://host:1/3");
    assert_eq!(settings.client().get_connection_info().redis_settings().db(), 3);
}

#[test]
fn users_and_passwords_are_decoded_once() {
    for (url, user, password) in [
        ("redis://host", None, None),
        ("redis://:secret@host", None, Some("secret")),
        ("redis://me:secret@host", Some("me"), Some("secret")),
        ("redis://me:a:b@c@host", Some("me"), Some("a:b@c")),
        ("redis://m%40e:%2525%2f%3F%23@host", Some("m@e"), Some("%25/?#")),
        ("redis://:%C3%BC@host", None, Some("ü")),
    ] {
        let expected = (user.map(str::to_owned), password.map(str::to_owned));
        assert_eq!(credentials(&read(url).expect(url)), expected, "{url}");
    }
}

#[test]
fn what_is_wrong_with_a_url_is_said_without_a_piece_of_it() {
    for (url, wrong) in [
        ("", "the scheme is another, or none"),
        ("memory", "the scheme is another, or none"),
        ("zzz@host:6379", "the scheme is another, or none"),
        ("REDIS://host", "the scheme is another, or none"),
        ("redis+unix:///zzz", "the scheme is another, or none"),
        ("unix:///zzz", "the scheme is another, or none"),
        ("valkey://zzz", "the scheme is another, or none"),
        ("redis://", "the host is missing"),
        ("redis:///0", "the host is missing"),
        ("redis://:zzz@", "the host is missing"),
        ("redis://:zzz@:6379", "the host is missing"),
        ("redis://:zzz", "the host is missing"),
        ("redis://0.0.0.0", "the host is a wildcard"),
        ("redis://[::]:6379", "the host is a wildcard"),
        ("redis://[0:0::0]", "the host is a wildcard"),
        ("redis://*:6379", "the host is no name"),
        ("redis://zzz zzz", "the host is no name"),
        ("redis://fd00::7", "the port is no whole number from 1 to 65535 (an IPv6"),
        ("redis://[fd00::7", "the host is no name"),
        ("redis://[fd00::7]7", "the host is no name"),
        ("redis://[zzz]", "the host is no name"),
        ("redis://host:", "the port is no"),
        ("redis://host:0", "the port is no"),
        ("redis://host:+1", "the port is no"),
        ("redis://host:65536", "the port is no"),
        ("redis://me:zzz/zz@host", "the database is no"),
        ("redis://host/0/zzz", "the database is no"),
        ("redis://host/-1", "the database is no"),
        ("redis://host/+1", "the database is no"),
        ("redis://host/2147483648", "the database is no"),
        ("redis://host/99999999999999999999", "the database is no"),
        ("rediss://host/#insecure", "something follows the database"),
        ("redis://host?protocol=resp3", "something follows the database"),
        ("redis://:zzz#zz@host", "something follows the database"),
        ("redis://:zzz?zz@host", "something follows the database"),
        ("redis://:zzz%@host", "% begins no byte"),
        ("redis://:zzz%2@host", "% begins no byte"),
        ("redis://:zzz%2zz@host", "% begins no byte"),
        ("redis://zz%zz:z@host", "% begins no byte"),
        ("redis://:%ff@host", "the user or the password is no UTF-8"),
        ("redis://me:@host", "a password is announced"),
        ("redis://@host", "a user is announced"),
    ] {
        let line = refusal(url);
        assert!(line.starts_with("a Redis is redis://[user[:password]@]host[:port][/database]"), "{line}");
        assert!(line.contains(&format!("in what was given {wrong}")), "{url}: {line}");
        assert!(!line.contains("zz"), "{line}");
    }
    assert!(refusal("redis://me@host").contains("--store-password-file"));
    assert!(refusal(&format!("redis://{}", "a".repeat(254))).contains("the host is no name"));
}

#[test]
fn a_prefix_names_no_hash_slot_and_no_pattern() {
    let prefixed =
        |prefix| RedisSettings::read(&StoreSource { store: "redis://host", prefix, ..StoreSource::default() });
    let longest = "a".repeat(64);
    for prefix in ["a", "Match-maker_2.b:c", &longest] {
        assert_eq!(prefixed(Some(prefix)).expect(prefix).prefix(), prefix);
    }
    assert_eq!(prefixed(None).expect("the default").prefix(), "matchmaker");
    for prefix in ["", "a b", "{a}", "a*", "ü", "a\n", &"a".repeat(65)] {
        let line = prefixed(Some(prefix)).expect_err("it is refused").to_string();
        assert_eq!(line, "a prefix is 1 to 64 of letters, digits and _ - . :, such as matchmaker");
    }
}

#[test]
fn a_password_can_stand_in_a_file_of_its_own_and_nowhere_else_then() {
    let folder = tempfile::tempdir().expect("a folder");
    let with_file = |url, content: &[u8]| {
        let file = folder.path().join("password");
        fs::write(&file, content).expect("a file");
        RedisSettings::read(&StoreSource { store: url, password_file: Some(&file), ..StoreSource::default() })
    };
    for content in ["se cret%2F", "se cret%2F\n", "se cret%2F\r\n"] {
        let settings = with_file("redis://me@host", content.as_bytes()).expect("a password");
        assert_eq!(credentials(&settings), (Some("me".to_owned()), Some("se cret%2F".to_owned())));
    }
    let settings = with_file("redis://host", b"secret\n\n").expect("a password");
    assert_eq!(credentials(&settings), (None, Some("secret\n".to_owned())));
    let refused = |url, content: &[u8]| with_file(url, content).expect_err("it is refused").to_string();
    assert!(refused("redis://:zzz@host", b"secret").starts_with("the URL has a password, and --store-password-file"));
    assert!(refused("redis://host", b"\n").contains("of --store-password-file holds no password"));
    assert!(refused("redis://host", b"\xff").contains("is no text"));
    assert!(refused("redis://host", &vec![b'a'; 64 * 1024 + 1]).contains("cannot be read: file too large"));
    for (file, why) in [("/nowhere/at/all", "No such file"), ("/", "no regular file")] {
        let source =
            StoreSource { store: "redis://host", password_file: Some(Path::new(file)), ..StoreSource::default() };
        let line = RedisSettings::read(&source).expect_err("it is refused").to_string();
        assert!(line.starts_with(&format!("the file {file} of --store-password-file")) && line.contains(why), "{line}");
    }
}

#[test]
fn authorities_are_for_tls_and_there_has_to_be_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let with_file = |url, content: &[u8]| {
        let file = folder.path().join("authorities");
        fs::write(&file, content).expect("a file");
        RedisSettings::read(&StoreSource { store: url, authority_file: Some(&file), ..StoreSource::default() })
    };
    for content in [AUTHORITIES.to_owned(), format!("# ours\n{AUTHORITIES}\n")] {
        let settings = with_file("rediss://host", content.as_bytes()).expect("authorities");
        let client = settings.client();
        let ConnectionAddr::TcpTls { tls_params, .. } = client.get_connection_info().addr() else { panic!("no TLS") };
        assert!(format!("{tls_params:?}").contains("(2 roots)"), "{tls_params:?}");
    }
    let refused = |url, content: &[u8]| with_file(url, content).expect_err("it is refused").to_string();
    assert!(refused("redis://host", AUTHORITIES.as_bytes()).starts_with("--store-ca-file does nothing without TLS"));
    let key = b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
    let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (content, why) in [
        (b"".as_slice(), "does not hold what it should"),
        (b"-----BEGIN CERTIFICATE-----\n", "does not hold what it should"),
        (key, "does not hold what it should"),
        (broken, "holds a broken certificate"),
        (&[AUTHORITIES.as_bytes(), broken].concat(), "holds a broken certificate"),
    ] {
        let line = refused("rediss://host", content);
        assert!(line.contains(&format!("of --store-ca-file {why}")) && line.contains("BEGIN CERTIFICATE"), "{line}");
    }
}

#[test]
fn a_connection_sends_at_once_and_does_not_wait_for_the_dead() {
    let client = read("redis://host").expect("a URL").client();
    let tcp = client.get_connection_info().tcp_settings();
    assert!(tcp.nodelay() && tcp.keepalive().is_some());
    assert_eq!(tcp.user_timeout(), Some(Duration::from_secs(5)));
    assert!(client.get_connection_info().redis_settings().skip_set_lib_name());
}

proptest! {
    #[test]
    fn any_password_gets_through_a_url_when_it_is_encoded(password in "\\PC{1,40}") {
        let encoded = percent_encode(password.as_bytes(), NON_ALPHANUMERIC);
        let settings = read(&format!("redis://me:{encoded}@host")).expect("a URL");
        prop_assert_eq!(credentials(&settings).1, Some(password));
    }

    #[test]
    fn no_text_ends_the_program_and_what_is_taken_is_shown_as_it_was_meant(text in "rediss?://[ -~]{0,40}") {
        if let Ok(settings) = read(&text) {
            let shown = read(&settings.to_string()).expect("what is shown is a URL");
            prop_assert_eq!(address(&shown), address(&settings));
        }
    }
}
