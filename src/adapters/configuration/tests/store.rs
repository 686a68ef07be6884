use super::*;

/// What no refusal may repeat.
const PASSWORD: &str = "open-sesame";

fn store(configuration: &Configuration) -> String {
    format!("{:?}", configuration.store())
}

#[test]
fn a_store_is_read_by_the_kind_that_its_name_means_with_every_setting_about_it() {
    assert_eq!(store(&configured(&["--store=drawer"])), r#"Kept("drawer")"#);
    assert_eq!(store(&configured(&["--store=shelf://oak"])), r#"Kept("oak None None None")"#);
    let configuration = configured(&[
        "--store=shelf://me@oak",
        "--store-prefix=a.b",
        "--store-password-file=password",
        "--store-ca-file=authorities",
    ]);
    assert_eq!(store(&configuration), r#"Kept("oak Some(\"a.b\") Some(\"password\") Some(\"authorities\")")"#);
}

#[test]
fn without_a_store_the_first_kind_is_taken_with_what_it_makes_of_the_other_settings() {
    assert_eq!(store(&configured(&[])), r#"Kept("drawer")"#);
    for flag in ["--store-prefix", "--store-password-file", "--store-ca-file"] {
        let variable = flag.trim_start_matches('-').to_uppercase().replace('-', "_");
        assert_eq!(
            refusal(&[flag, "x"]),
            format!(
                "{flag} (or {variable} in the environment) does nothing with a drawer: give --store \
                 shelf://[password@]board"
            )
        );
    }
}

#[test]
fn what_its_kind_refuses_is_refused_in_the_words_of_the_kind() {
    assert_eq!(refusal(&["--store=shelf://"]), "the board of the shelf is missing; there is drawer, too");
}

#[test]
fn what_no_kind_is_named_by_is_refused_in_a_line_that_says_what_there_is() {
    for store in ["", "Drawer", "drawer ", "shelf", "http://host", "http://:open-sesame@host"] {
        assert_eq!(
            refusal(&["--store", store]),
            "--store (or STORE in the environment) is no store: give drawer or shelf://[password@]board"
        );
    }
}

#[test]
fn help_tells_every_kind_of_store() {
    for arguments in [&["--help"] as &[&str], &["audit", "--help"]] {
        let Err(Refusal::Asked(help)) = read(arguments) else { panic!("help was asked for") };
        let help = help.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        for told in [
            "kept: drawer or shelf://[password@]board. By default drawer.",
            "A drawer has room for everything.",
            "A shelf has room for everything, too.",
        ] {
            assert!(help.contains(told), "{told} is missing in {help}");
        }
    }
}

#[test]
fn no_refusal_and_no_debugging_repeats_a_password() {
    for arguments in [
        &["--store=http://:open-sesame@host"] as &[&str],
        &["--store=shelf+tls://:open-sesame@oak"],
        &["--store", "shelf://oak", "--store=shelf://open-sesame@oak"],
        &["--stroe=shelf://open-sesame@oak"],
        &["shelf://open-sesame@oak"],
        &["shelf://open-sesame'@oak"],
        &["shelf+tls://open-sesame@oak"],
        &["--games=https://host,shelf://open-sesame@oak"],
        &["--search-time=shelf://open-sesame@oak"],
        &["--log-format", "shelf://open-sesame@oak"],
        &["--port=1", "-x", "https://host shelf://open-sesame@oak"],
        &["--access-log", "--port", "1", "-shelf://open-sesame@oak"],
        &["audit", "shelf://open-sesame@oak"],
        &["audit", "--", "shelf://open-sesame@oak"],
        &["check", "shelf://open-sesame@oak"],
        &["--store", "shelf://open-sesame@oak", "--port=x"],
    ] {
        let line = refusal(arguments);
        assert!(!line.contains(PASSWORD), "{line}");
    }
    let flags = Flags::try_parse_from(["matchmaker", "--store=shelf://open-sesame@oak"]).expect("flags");
    assert!(!format!("{flags:?}").contains(PASSWORD));
}

#[test]
fn an_address_that_was_given_in_the_wrong_place_is_repeated_up_to_its_scheme() {
    for (arguments, repeated) in [
        (&["shelf://open-sesame@oak"] as &[&str], "'shelf://…'"),
        (&["--search-time=shelf://open-sesame@oak"], "'shelf://…' for '--search-time <DURATION>'"),
        (&["--search-time=https://host"], "'https://host' for '--search-time <DURATION>'"),
    ] {
        let line = refusal(arguments);
        assert!(line.contains(repeated), "{line}");
    }
}
