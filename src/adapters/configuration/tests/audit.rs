use super::*;

/// What the program with these arguments looks at, and for how long.
fn audited(arguments: &[&str]) -> (String, Duration) {
    let order = read(arguments).expect("it is known what to look at");
    let Order::Audit(AuditSettings { store, timeout, .. }) = order else { panic!("not an audit: {order:?}") };
    (format!("{store:?}"), timeout)
}

#[test]
fn an_audit_looks_at_the_store_that_its_flags_say_or_else_the_servers() {
    let minute = Duration::from_mins(1);
    for (arguments, store) in [
        (&["audit", "--store=shelf://oak"] as &[&str], "oak None"),
        (&["--store=shelf://oak", "audit"], "oak None"),
        (&["--store=shelf://oak", "audit", "--store=shelf://ash"], "ash None"),
        (&["--store=shelf://oak", "--store-prefix=p", "audit"], r#"oak Some(\"p\")"#),
        (&["--store=shelf://oak", "audit", "--store-prefix=q"], r#"oak Some(\"q\")"#),
    ] {
        assert_eq!(audited(arguments), (format!(r#"Kept("{store} None None")"#), minute), "{arguments:?}");
    }
    let (_, timeout) = audited(&["audit", "--store=shelf://oak", "--timeout=2h"]);
    assert_eq!(timeout, Duration::from_hours(2));
}

#[test]
fn a_store_is_judged_by_the_settings_of_its_servers() {
    let order = read(&["--pair-only-connected", "--max-waiting=7", "--max-matches=8", "audit", "--store=shelf://oak"]);
    let Ok(Order::Audit(AuditSettings { judged_by, .. })) = order else { panic!("not an audit: {order:?}") };
    assert_eq!((judged_by.pair_only_connected, judged_by.max_waiting, judged_by.max_matches), (true, 7, 8));
}

#[test]
fn an_audit_that_does_not_know_how_to_look_is_refused() {
    assert!(refusal(&["audit", "--store=shelf://"]).contains("the board of the shelf is missing"));
    assert!(refusal(&["audit", "--store=cellar"]).contains("is no store"));
    assert!(refusal(&["audit", "--store-prefix=p"]).contains("does nothing with a drawer"));
    assert!(refusal(&["audit", "--store=shelf://oak", "--timeout=0"]).contains("a duration from 1s"));
    assert!(matches!(read(&["audit", "--port=1"]), Err(Refusal::Invalid(_))));
    assert!(matches!(read(&["--games", "audit"]), Ok(Order::Serve(_))));
}

#[test]
fn an_audit_hears_only_where_the_store_is_from_the_environment_and_a_flag_of_the_server_wins() {
    // PATH is the one variable that is set wherever tests are run, and is neither a store nor a duration.
    let read = |setting: &'static str, arguments: &[&str]| {
        let command = flags().mut_arg(setting, |setting| setting.env("PATH"));
        Order::read_as(command, ["matchmaker"].iter().chain(arguments).map(OsString::from), &KINDS)
    };
    assert!(read("search_time", &["audit", "--store=shelf://oak"]).is_ok());
    assert!(matches!(read("store", &["audit"]), Err(Refusal::Invalid(_))));
    for heard in ["store_prefix", "max_waiting", "max_matches"] {
        assert!(matches!(read(heard, &["audit", "--store=shelf://oak"]), Err(Refusal::Invalid(_))), "{heard}");
    }
    assert!(read("store", &["--store=shelf://oak", "audit"]).is_ok());
    assert!(read("store", &["audit", "--store=shelf://oak"]).is_ok());
}
