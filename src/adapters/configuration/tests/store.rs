use super::*;

/// What no refusal may repeat.
const PASSWORD: &str = "open-sesame";

#[test]
fn a_store_in_redis_is_read_with_its_prefix_and_the_files_it_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("password");
    std::fs::write(&file, format!("{PASSWORD}\n")).expect("a file");
    let file = format!("--store-password-file={}", file.display());
    let configuration = configured(&["--store=redis://me@[::1]:7/2", "--store-prefix=a.b", &file]);

    let StoreSettings::Redis(store) = configuration.store() else { panic!("not in Redis") };
    assert_eq!((store.to_string().as_str(), store.prefix()), ("redis://[::1]:7/2", "a.b"));
    let client = store.client();
    let redis = client.get_connection_info().redis_settings();
    assert_eq!((redis.username(), redis.password()), (Some("me"), Some(PASSWORD)));
}

#[test]
fn a_setting_about_redis_that_would_do_nothing_is_refused() {
    for flag in ["--store-prefix", "--store-password-file", "--store-ca-file"] {
        for store in [&[][..], &["--store=memory"]] {
            let line = refusal(&[store, &[flag, "x"]].concat());
            let variable = flag.trim_start_matches('-').to_uppercase().replace('-', "_");
            assert!(line.starts_with(&format!("{flag} (or {variable} in the environment) does nothing")), "{line}");
            assert!(line.contains("--store redis://"), "{line}");
        }
    }
    let line = refusal(&["--store=redis://host", "--store-ca-file=x"]);
    assert!(line.contains("--store-ca-file") && line.contains("rediss://"), "{line}");
}

#[test]
fn what_is_no_store_is_refused_in_a_line_that_says_what_one_is() {
    for store in
        ["", "Memory", "localhost:6379", "http://host", "redis:/host", "redis://", "redis://h/x", "redis://h?a=b"]
    {
        let line = refusal(&["--store", store]);
        assert!(line.starts_with("--store (or STORE in the environment) is neither memory nor a Redis"), "{line}");
        assert!(line.contains("redis://[user[:password]@]host[:port][/database]"), "{line}");
    }
    let line = refusal(&["--store=redis://host", "--store-prefix={a}"]);
    assert!(line.starts_with("--store-prefix (or STORE_PREFIX in the environment)"), "{line}");
    assert!(line.contains("1 to 64 of letters"), "{line}");
}

#[test]
fn no_refusal_and_no_debugging_repeats_a_password() {
    let file = ["--store-password-file", "/nowhere"];
    for arguments in [
        &["--store=redis://:open-sesame@host:port"][..],
        &["--store=http://:open-sesame@host"],
        &["--store=redis://:open-sesame"],
        &["--store=redis://a:open-sesame@host#insecure"],
        &["--store=redis://:open-sesame/@host"],
        &["--store=redis://:open-sesame%@host"],
        &["--store=redis://:open-sesame@host", file[0], file[1]],
        &["--store", "redis://host", "--store=redis://:open-sesame@host"],
        &["--stroe=redis://:open-sesame@host"],
        &["redis://:open-sesame@host"],
        &["redis://:open-sesame'@host"],
        &["shelf+tls://:open-sesame@host"],
        &["--games=https://host,shelf://:open-sesame@host"],
        &["--search-time=shelf://:open-sesame@host"],
        &["--log-format", "shelf://:open-sesame@host"],
        &["--port=1", "-x", "https://host shelf://:open-sesame@host"],
        &["--access-log", "--port", "1", "-shelf://:open-sesame@host"],
        &["audit", "redis://:open-sesame@host"],
        &["audit", "rediss://:open-sesame@host"],
        &["audit", "--", "redis://:open-sesame@host"],
        &["check", "redis://:open-sesame@host"],
        &["--store", "redis://:open-sesame@host", "--port=x"],
    ] {
        let line = refusal(arguments);
        assert!(!line.contains(PASSWORD), "{line}");
    }
    let configuration = configured(&["--store=redis://alibaba:open-sesame@host"]);
    for said in
        [format!("{configuration:?}"), format!("{:?}", read(&["audit", "--store=redis://alibaba:open-sesame@host"]))]
    {
        assert!(
            said.contains("redis://host:6379/0") && !said.contains(PASSWORD) && !said.contains("alibaba"),
            "{said}"
        );
    }
    let flags = Flags::try_parse_from(["matchmaker", "--store=redis://alibaba:open-sesame@host"]).expect("flags");
    assert!(!format!("{flags:?}").contains(PASSWORD));
}

#[test]
fn an_address_that_was_given_in_the_wrong_place_is_repeated_up_to_its_scheme() {
    for (arguments, repeated) in [
        (&["shelf://:open-sesame@host"] as &[&str], "'shelf://…'"),
        (&["--search-time=shelf://:open-sesame@host"], "'shelf://…' for '--search-time <DURATION>'"),
        (&["--search-time=https://host"], "'https://host' for '--search-time <DURATION>'"),
    ] {
        let line = refusal(arguments);
        assert!(line.contains(repeated), "{line}");
    }
}
