mod audit;
mod check;
mod identity;
mod kinds;
mod store;
mod terms;

use std::{num::NonZeroU32, time::Duration};

use clap::Arg;

use super::*;
use kinds::KINDS;

use crate::adapters::{
    JwtSettings,
    log::{LogFormat, LogLevel},
    server::ServerSettings,
};

/// The program's flags, deaf to the environment of whoever runs the tests.
fn flags() -> Command {
    Flags::command().mut_args(|setting| setting.env(None::<&str>))
}

fn read(arguments: &[&str]) -> Result<Order, Refusal> {
    Order::read_as(flags(), ["matchmaker"].iter().chain(arguments).map(OsString::from), &KINDS)
}

fn configured(arguments: &[&str]) -> Configuration {
    served(read(arguments).expect("the arguments are valid"))
}

/// The settings of the server that was ordered.
fn served(order: Order) -> Configuration {
    let Order::Serve(configuration) = order else { panic!("not the settings of a server: {order:?}") };
    *configuration
}

/// The line that refuses the arguments.
fn refusal(arguments: &[&str]) -> String {
    line_of(&read(arguments).expect_err("the arguments are refused"))
}

fn line_of(refusal: &Refusal) -> String {
    let (Refusal::Invalid(line) | Refusal::CannotCheck(line)) = refusal else { panic!("not a refusal: {refusal:?}") };
    assert_eq!(line.lines().count(), 1, "{line}");
    line.clone()
}

fn rate(per_second: u32, burst: u32) -> Option<Rate> {
    NonZeroU32::new(per_second).zip(NonZeroU32::new(burst)).map(|(per_second, burst)| Rate { per_second, burst })
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

#[test]
fn without_arguments_every_setting_has_its_default() {
    let configuration = configured(&[]);

    assert_eq!(configuration.network.address().to_string(), "127.0.0.1:5000");
    assert_eq!(configuration.network.operations_address(), None);
    assert_eq!(configuration.network.drain_delay(), Duration::ZERO);
    let settings = configuration.network.server_settings(1024).expect("it fits");
    assert_eq!(settings, ServerSettings { max_connections: 768, keep_alive: Duration::from_secs(75) });
    assert_eq!(configuration.calls_of_players(), rate(50, 100));
    let edge = configuration.edge_settings();
    assert_eq!((edge.trusted_proxies, edge.origins), (vec![], vec![]));
    assert_eq!((edge.max_connections_per_address, edge.calls_of_addresses), (None, None));
    assert_eq!(format!("{:?}", configuration.store()), r#"Kept("drawer")"#);
    assert_eq!(configuration.log.format(), LogFormat::Text);
    assert_eq!(configuration.log.level(), LogLevel::Info);
    assert!(!configuration.log.access_log());
    assert_eq!(configuration.identity.jwt().expect("nothing contradicts"), None);
    let queue = QueueSettings {
        disconnect_grace: Duration::from_secs(30),
        search_time: Duration::from_secs(10 * MINUTE),
        max_waiting: 1_000_000,
        max_matches: 2_000_000,
        pair_only_connected: false,
    };
    assert_eq!(configuration.queue_settings(), queue);
    let repository = RepositorySettings {
        match_lifetime: Some(Duration::from_secs(24 * HOUR)),
        match_retention: Duration::from_secs(HOUR),
        max_matches: 2_000_000,
    };
    assert_eq!(configuration.repository_settings(), repository);
}

#[test]
fn every_setting_can_be_set() {
    let configuration = configured(&[
        "--port=8080",
        "--host=::1",
        "--log-format=json",
        "--log-level=trace",
        "--access-log",
        "--disconnect-grace=1m",
        "--search-time=90s",
        "--match-lifetime=1h 30m",
        "--match-retention=1s",
        "--max-waiting=1",
        "--pair-only-connected",
        "--games=chess,go",
        "--min-stake=USDT=5,ETH=0.1",
        "--max-stake=USDT=5",
        "--max-matches=3",
        "--max-connections=2",
        "--keep-alive=2m",
        "--drain-delay=15s",
        "--ops-port=9090",
        "--rate-limit-player=7",
        "--rate-limit-player-burst=8",
        "--rate-limit-address=9",
        "--rate-limit-address-burst=1",
        "--max-connections-per-address=3",
        "--trusted-proxy=10.0.0.0/8,fd00::/8",
        "--trusted-proxy=192.0.2.7",
        "--cors-origin=https://a.example:443",
        "--cors-origin=http://B.example:8080",
        "--auth=jwt",
        "--jwt-secret-file=a,b",
        "--jwt-secret-file=c",
        "--jwt-public-key-file=d",
        "--jwt-issuer=the issuer",
        "--jwt-audience=the audience",
        "--store=shelf://oak",
        "--store-prefix=mine",
    ]);

    assert_eq!(configuration.network.address().to_string(), "[::1]:8080");
    assert_eq!(configuration.network.operations_address(), Some("127.0.0.1:9090".parse().expect("an address")));
    assert_eq!(configuration.network.drain_delay(), Duration::from_secs(15));
    let settings = configuration.network.server_settings(1024).expect("it fits");
    assert_eq!(settings, ServerSettings { max_connections: 2, keep_alive: Duration::from_mins(2) });
    assert_eq!(configuration.calls_of_players(), rate(7, 8));
    let edge = configuration.edge_settings();
    let networks = ["10.0.0.0/8", "fd00::/8", "192.0.2.7/32"].map(|network| network.parse().expect("a network"));
    assert_eq!(edge.trusted_proxies, networks);
    let origins = ["https://a.example", "http://b.example:8080"].map(|origin| origin.parse().expect("an origin"));
    assert_eq!(edge.origins, origins);
    assert_eq!((edge.max_connections_per_address, edge.calls_of_addresses), (Some(3), rate(9, 1)));
    assert_eq!(format!("{:?}", configuration.store()), r#"Kept("oak Some(\"mine\") None None")"#);
    assert_eq!(configuration.log.format(), LogFormat::Json);
    assert_eq!(configuration.log.level(), LogLevel::Trace);
    assert!(configuration.log.access_log());
    let queue = QueueSettings {
        disconnect_grace: Duration::from_secs(MINUTE),
        search_time: Duration::from_secs(90),
        max_waiting: 1,
        max_matches: 3,
        pair_only_connected: true,
    };
    assert_eq!(configuration.queue_settings(), queue);
    let repository = RepositorySettings {
        match_lifetime: Some(Duration::from_secs(90 * MINUTE)),
        match_retention: Duration::from_secs(1),
        max_matches: 3,
    };
    assert_eq!(configuration.repository_settings(), repository);
    assert_eq!(configuration.network.max_connections(1024).expect("it fits"), 2);
    let jwt = JwtSettings {
        secret_files: ["a", "b", "c"].map(Into::into).into(),
        public_key_files: vec!["d".into()],
        issuer: Some("the issuer".to_owned()),
        audience: Some("the audience".to_owned()),
    };
    assert_eq!(configuration.identity.jwt().expect("nothing contradicts"), Some(jwt));
}

#[test]
fn every_flag_has_an_environment_variable_of_the_same_name() {
    let command = Flags::command();
    let settings: Vec<&Arg> = command.get_arguments().collect();
    assert_eq!(settings.len(), 36);
    for setting in settings {
        let flag = setting.get_long().expect("a setting is a flag");
        let variable = setting.get_env().expect("a setting is a variable").to_string_lossy();
        assert_eq!(variable, flag.to_uppercase().replace('-', "_"));
    }
}

#[test]
fn a_variable_sets_what_no_flag_sets_and_is_named_when_it_is_at_fault() {
    // PATH is the one variable that is set wherever tests are run, and is no port.
    let path_as_port = || flags().mut_arg("port", |setting| setting.env("PATH"));
    let read = |arguments: &[&str]| Order::read_as(path_as_port(), arguments.iter().map(OsString::from), &KINDS);

    let line = line_of(&read(&["matchmaker"]).expect_err("PATH is no port"));
    assert!(line.ends_with("such as 5000 (from the environment variable PATH)"), "{line}");

    let configuration = served(read(&["matchmaker", "--port", "8080"]).expect("the flag wins"));
    assert_eq!(configuration.network.address().port(), 8080);

    let line = line_of(&read(&["matchmaker", "--port", "x"]).expect_err("x is no port"));
    assert!(line.ends_with("such as 5000"), "{line}");
}

#[test]
fn a_match_lifetime_of_zero_is_no_end() {
    for zero in ["0", "0s", "0h 0m"] {
        let settings = configured(&["--match-lifetime", zero]).repository_settings();
        assert_eq!(settings.match_lifetime, None, "{zero}");
    }
}

#[test]
fn a_disconnect_grace_of_zero_is_none() {
    assert_eq!(configured(&["--disconnect-grace=0"]).queue_settings().disconnect_grace, Duration::ZERO);
}

#[test]
fn ten_years_are_the_longest_duration() {
    for flag in ["--disconnect-grace", "--search-time", "--match-lifetime", "--match-retention"] {
        configured(&[flag, "10y"]);
        for too_long in ["10y 1ms", "11y", "18446744073709551615s", "99999999999999999999y", "18446744073709551615y"] {
            let line = refusal(&[flag, too_long]);
            assert!(line.contains(&format!("'{too_long}' for '{flag} <DURATION>'")), "{line}");
            assert!(line.contains("to 10y"), "{line}");
        }
    }
}

#[test]
fn a_bad_value_is_refused_in_one_line_that_says_what_would_be_right() {
    let one_second = "a duration from 1s to 10y with its unit is needed, such as 30s, 10m or 1h 30m";
    let from_zero = "a duration from 0 to 10y with its unit is needed, such as 30s, 10m or 1h 30m";
    let or_none = "a duration from 1s to 10y with its unit is needed, such as 10m, 24h or 1h 30m, or 0 for no end";
    let from_one = "a whole number from 1 to 1000000000 is needed, such as 10000";
    let from_two = "a whole number from 2 to 1000000000 is needed, such as 10000";
    let keep_alive = "a duration from 10s to 1h with its unit is needed, such as 75s or 2m";
    let drain_delay = "a duration from 0 to 1h with its unit is needed, such as 10s";
    let calls = "a whole number from 0 to 1000000 is needed, such as 50; 0 sets no limit";
    let burst = "a whole number from 1 to 1000000 is needed, such as 100";
    let per_address = "a whole number from 0 to 1000000000 is needed, such as 100; 0 sets no bound";
    let proxy = "a proxy is an IP address or a network, such as 10.0.0.7, 10.0.0.0/8 or fd00::/8";
    let origin = "an origin is scheme://host or scheme://host:port and nothing more, such as https://play.example.com";
    let port = "a port is a whole number from 0 to 65535, such as 5000";
    let host = "a host is an IP address, such as 127.0.0.1, 0.0.0.0 or ::1";
    for (flag, name, value, right) in [
        ("--port", "PORT", "65536", port),
        ("--port", "PORT", "http", port),
        ("--port", "PORT", "50\n00", port),
        ("--host", "IP", "localhost", host),
        ("--disconnect-grace", "DURATION", "30", from_zero),
        ("--disconnect-grace", "DURATION", "soon", from_zero),
        ("--search-time", "DURATION", "0", one_second),
        ("--search-time", "DURATION", "999ms", one_second),
        ("--search-time", "DURATION", "10", one_second),
        ("--match-retention", "DURATION", "0s", one_second),
        ("--match-lifetime", "DURATION", "1ms", or_none),
        ("--match-lifetime", "DURATION", "1.h", or_none),
        ("--max-waiting", "COUNT", "0", from_one),
        ("--max-waiting", "COUNT", "1e6", from_one),
        ("--max-matches", "COUNT", "0", from_one),
        ("--max-matches", "COUNT", "99999999999999999999", from_one),
        ("--max-connections", "COUNT", "1", from_two),
        ("--max-connections", "COUNT", "1000000001", from_two),
        ("--keep-alive", "DURATION", "9s", keep_alive),
        ("--keep-alive", "DURATION", "61m", keep_alive),
        ("--drain-delay", "DURATION", "61m", drain_delay),
        ("--drain-delay", "DURATION", "15", drain_delay),
        ("--ops-port", "PORT", "65536", port),
        ("--rate-limit-player", "CALLS", "1000001", calls),
        ("--rate-limit-address", "CALLS", "0.5", calls),
        ("--rate-limit-player-burst", "CALLS", "0", burst),
        ("--rate-limit-address-burst", "CALLS", "1000001", burst),
        ("--max-connections-per-address", "COUNT", "many", per_address),
        ("--trusted-proxy", "IP", "10.0.0.0/33", proxy),
        ("--trusted-proxy", "IP", "proxy.example", proxy),
        ("--cors-origin", "ORIGIN", "https://a.example/", origin),
        ("--cors-origin", "ORIGIN", "*", origin),
    ] {
        let written = value.replace('\n', " ");
        let expected = format!("invalid value '{written}' for '{flag} <{name}>': {right}");
        assert_eq!(refusal(&[&format!("{flag}={value}")]), expected);
        assert_eq!(refusal(&[flag, value]), expected);
    }
}

#[test]
fn a_negative_number_is_refused_in_one_line() {
    assert!(refusal(&["--max-waiting=-1"]).ends_with("such as 10000"));
    assert!(refusal(&["--search-time=-1s"]).ends_with("1h 30m"));
}

#[test]
fn an_unknown_log_format_is_answered_with_those_there_are() {
    let line = refusal(&["--log-format", "xml"]);
    assert_eq!(line, "invalid value 'xml' for '--log-format <FORMAT>' [possible values: text, json]");
}

#[test]
fn a_switch_is_on_where_it_is_named_and_can_be_told_to_be_off() {
    for (argument, on) in [("--access-log", true), ("--access-log=true", true), ("--access-log=false", false)] {
        assert_eq!(configured(&[argument]).log.access_log(), on, "{argument}");
    }
    let line = refusal(&["--access-log=maybe"]);
    assert_eq!(line, "invalid value 'maybe' for '--access-log[=<BOOL>]': true or false is needed");
}

#[test]
fn an_unknown_flag_is_answered_with_the_nearest() {
    let line = refusal(&["--prot", "1"]);
    assert_eq!(
        line,
        "unexpected argument '--prot' found; a similar argument exists: '--port'; --help lists every flag"
    );
}

#[test]
fn a_stray_argument_is_answered_with_where_to_look() {
    assert_eq!(refusal(&["serve"]), "unrecognized subcommand 'serve'; --help lists every flag");
}

#[test]
fn help_tells_the_effect_the_variable_and_an_example_of_every_setting() {
    let Err(Refusal::Asked(help)) = read(&["--help"]) else { panic!("help was asked for") };
    assert_eq!(help.exit_code(), 0);
    let help = super::store::describing(Flags::command(), &KINDS).render_long_help().to_string();
    for setting in Flags::command().get_arguments() {
        let flag = setting.get_long().expect("a setting is a flag");
        assert!(help.contains(&format!("Example: --{flag}")), "{flag}");
        assert!(help.contains(&format!("[env: {}]", flag.to_uppercase().replace('-', "_"))), "{flag}");
    }
}

#[test]
fn connections_are_bounded_by_the_descriptor_limit_less_256() {
    let configuration = configured(&[]);
    let connections = |limit| configuration.network.max_connections(limit).ok();
    assert_eq!(connections(1024), Some(768));
    assert_eq!(connections(258), Some(2));
    assert_eq!(connections(257), None);
    assert_eq!(connections(0), None);
    assert_eq!(connections(u64::MAX), Some(1_000_000_000));
}

#[test]
fn a_limit_of_zero_is_none() {
    let configuration =
        configured(&["--rate-limit-player=0", "--rate-limit-address=0", "--max-connections-per-address=0"]);
    assert_eq!(configuration.calls_of_players(), None);
    let edge = configuration.edge_settings();
    assert_eq!((edge.max_connections_per_address, edge.calls_of_addresses), (None, None));
}

#[test]
fn operators_can_have_an_address_of_their_own() {
    for (flags, address) in [
        (&["--ops-port=9090"] as &[&str], "127.0.0.1:9090"),
        (&["--ops-port=9090", "--host=0.0.0.0"], "127.0.0.1:9090"),
        (&["--ops-port=9090", "--host=::1"], "127.0.0.1:9090"),
        (&["--ops-port=9090", "--ops-host=0.0.0.0"], "0.0.0.0:9090"),
        (&["--ops-port=9090", "--ops-host=::1", "--host=192.0.2.1"], "[::1]:9090"),
    ] {
        let configuration = configured(flags);
        assert_eq!(configuration.network.operations_address(), Some(address.parse().expect("an address")), "{flags:?}");
    }
    let line = refusal(&["--ops-host=127.0.0.1"]);
    assert!(line.contains("--ops-port"), "{line}");
}

#[test]
fn one_port_cannot_be_for_clients_and_for_operators() {
    let line = refusal(&["--port=5820", "--ops-port=5820"]);
    assert_eq!(line, "--port and --ops-port are both 5820: give operators another port, or none");
    for (host, ops_host) in
        [("0.0.0.0", "127.0.0.1"), ("127.0.0.1", "0.0.0.0"), ("::", "127.0.0.1"), ("::1", "::"), ("0.0.0.0", "::")]
    {
        let hosts = [format!("--host={host}"), format!("--ops-host={ops_host}")];
        assert_eq!(refusal(&["--port=5820", "--ops-port=5820", &hosts[0], &hosts[1]]), line);
    }
    configured(&["--port=0", "--ops-port=0"]);
    configured(&["--port=5820", "--ops-port=5820", "--ops-host=127.0.0.2"]);
    configured(&["--port=5820", "--ops-port=5820", "--ops-host=::1", "--host=0.0.0.0"]);
}

#[test]
fn too_low_a_descriptor_limit_is_refused_in_one_line_that_says_what_would_do() {
    let refused = configured(&[]).network.max_connections(100).expect_err("no connection could be served");
    assert_eq!(
        line_of(&refused),
        "the limit on open files is 100, and serving 2 connections takes at least 258: raise it with ulimit -n 258, or \
         lower --max-connections if it is set"
    );

    let refused = configured(&["--max-connections=769"]).network.max_connections(1024).expect_err("one too many");
    assert!(line_of(&refused).contains("ulimit -n 1025"), "{refused}");
}
