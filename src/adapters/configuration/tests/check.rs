use super::*;

/// Whom the program with these arguments asks.
fn checked(arguments: &[&str]) -> CheckSettings {
    let order = read(arguments).expect("it is known whom to ask");
    let Order::Check(settings) = order else { panic!("not a check: {order:?}") };
    settings
}

#[test]
fn without_a_subcommand_nothing_is_checked() {
    for arguments in [&[] as &[&str], &["--port=0"], &["--games", "check"]] {
        assert!(matches!(read(arguments), Ok(Order::Serve(_))), "{arguments:?}");
    }
}

#[test]
fn a_check_asks_the_server_that_the_same_settings_would_start() {
    for (arguments, host, port) in [
        (&["check"] as &[&str], "127.0.0.1", 5000),
        (&["--port=8080", "check"], "127.0.0.1", 8080),
        (&["--host=0.0.0.0", "check"], "127.0.0.1", 5000),
        (&["--host=::", "check"], "::1", 5000),
        (&["--host=192.0.2.1", "--port=1", "check"], "192.0.2.1", 1),
        (&["--ops-port=9090", "check"], "127.0.0.1", 9090),
        (&["--ops-port=9090", "--host=0.0.0.0", "check"], "127.0.0.1", 9090),
        (&["--ops-port=9090", "--host=192.0.2.1", "--port=0", "check"], "127.0.0.1", 9090),
        (&["--ops-port=9090", "--ops-host=0.0.0.0", "--host=192.0.2.1", "check"], "127.0.0.1", 9090),
        (&["--ops-port=9090", "--ops-host=::", "check"], "::1", 9090),
        (&["--ops-port=9090", "--ops-host=192.0.2.2", "--host=192.0.2.1", "check"], "192.0.2.2", 9090),
        (&["--port=0", "check", "--url=http://[::1]:7"], "::1", 7),
        (&["check", "--url", "http://game.example/"], "game.example", 80),
    ] {
        let settings = checked(arguments);
        let expected = CheckSettings { host: host.to_owned(), port, timeout: Duration::from_secs(5) };
        assert_eq!(settings, expected, "{arguments:?}");
    }
    let settings = checked(&["check", "--timeout=2s"]);
    assert_eq!(settings.timeout, Duration::from_secs(2));
}

#[test]
fn a_check_that_does_not_know_whom_to_ask_or_how_is_refused() {
    let line = refusal(&["--port=0", "check"]);
    assert!(line.contains("--url"), "{line}");
    for url in
        ["127.0.0.1:5000", "https://host", "http://host/path", "http://host?query", "http://me@host", "http://", ""]
            .into_iter()
            .chain([
                "http://host:65536",
                "http://host:0",
                "http://host:",
                "http://host:+80",
                "http://:80",
                "http://host#a",
            ])
    {
        let line = refusal(&["check", &format!("--url={url}")]);
        assert!(line.ends_with("a URL is http://host:port, such as http://127.0.0.1:5000"), "{line}");
    }
    assert!(refusal(&["check", "--timeout=0"]).contains("a duration from 1s"));
    assert!(refusal(&["check", "--port=1"]).contains("--help lists every flag"));
}

#[test]
fn a_check_hears_only_where_the_server_listens_from_the_environment() {
    // PATH is the one variable that is set wherever tests are run, and is neither a port nor a duration.
    let read = |setting: &'static str, arguments: &[&str]| {
        let command = flags().mut_arg(setting, |setting| setting.env("PATH"));
        Order::read_as(command, ["matchmaker"].iter().chain(arguments).map(OsString::from), &KINDS)
    };
    assert!(read("search_time", &["check"]).is_ok());
    assert!(matches!(read("port", &["check"]), Err(Refusal::CannotCheck(_))));
    assert!(matches!(read("search_time", &["--games", "check"]), Err(Refusal::Invalid(_))));
}
