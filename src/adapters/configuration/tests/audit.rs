use super::*;
use crate::adapters::redis::AuditSettings;

/// What the program with these arguments looks at, and for how long.
fn audited(arguments: &[&str]) -> (String, String, Duration) {
    let order = read(arguments).expect("it is known what to look at");
    let Order::Audit(AuditSettings { store, timeout, .. }) = order else { panic!("not an audit: {order:?}") };
    (store.to_string(), store.prefix().to_owned(), timeout)
}

#[test]
fn an_audit_looks_at_the_store_that_its_flags_say_or_else_the_servers() {
    let minute = Duration::from_mins(1);
    for (arguments, store, prefix) in [
        (&["audit", "--store=redis://a"] as &[&str], "redis://a:6379/0", "matchmaker"),
        (&["--store=redis://a/1", "audit"], "redis://a:6379/1", "matchmaker"),
        (&["--store=redis://a", "audit", "--store=rediss://b:7"], "rediss://b:7/0", "matchmaker"),
        (&["--store=redis://a", "--store-prefix=p", "audit"], "redis://a:6379/0", "p"),
        (&["--store=redis://a", "audit", "--store-prefix=q"], "redis://a:6379/0", "q"),
    ] {
        assert_eq!(audited(arguments), (store.to_owned(), prefix.to_owned(), minute), "{arguments:?}");
    }
    let (.., timeout) = audited(&["audit", "--store=redis://a", "--timeout=2h"]);
    assert_eq!(timeout, Duration::from_hours(2));
}

#[test]
fn a_store_is_judged_by_the_settings_of_its_servers() {
    let order = read(&["--pair-only-connected", "--max-waiting=7", "--max-matches=8", "audit", "--store=redis://a"]);
    let Ok(Order::Audit(AuditSettings { judged_by, .. })) = order else { panic!("not an audit: {order:?}") };
    assert_eq!((judged_by.pair_only_connected, judged_by.max_waiting, judged_by.max_matches), (true, 7, 8));
}

#[test]
fn memory_cannot_be_audited() {
    for arguments in
        [&["audit"] as &[&str], &["audit", "--store=memory"], &["--store=redis://a", "audit", "--store=memory"]]
    {
        let line = refusal(arguments);
        assert!(line.contains("dies with its process") && line.contains("--store redis://"), "{line}");
    }
}

#[test]
fn an_audit_that_does_not_know_how_to_look_is_refused() {
    assert!(refusal(&["audit", "--store=redis://"]).contains("the host is missing"));
    assert!(refusal(&["audit", "--store-prefix=p"]).contains("does nothing with --store memory"));
    assert!(refusal(&["audit", "--store=redis://a", "--timeout=0"]).contains("a duration from 1s"));
    assert!(matches!(read(&["audit", "--port=1"]), Err(Refusal::Invalid(_))));
    assert!(matches!(read(&["--games", "audit"]), Ok(Order::Serve(_))));
}

#[test]
fn an_audit_hears_only_where_the_store_is_from_the_environment_and_a_flag_of_the_server_wins() {
    // PATH is the one variable that is set wherever tests are run, and is neither a store nor a duration.
    let read = |setting: &'static str, arguments: &[&str]| {
        let command = flags().mut_arg(setting, |setting| setting.env("PATH"));
        Order::read_as(command, ["matchmaker"].iter().chain(arguments).map(OsString::from))
    };
    assert!(read("search_time", &["audit", "--store=redis://a"]).is_ok());
    assert!(matches!(read("store", &["audit"]), Err(Refusal::Invalid(_))));
    for heard in ["store_prefix", "max_waiting", "max_matches", "pair_only_connected"] {
        assert!(matches!(read(heard, &["audit", "--store=redis://a"]), Err(Refusal::Invalid(_))), "{heard}");
    }
    assert!(read("store", &["--store=redis://a", "audit"]).is_ok());
    assert!(read("store", &["audit", "--store=redis://a"]).is_ok());
}
