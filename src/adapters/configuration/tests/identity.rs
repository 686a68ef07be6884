use super::*;

#[test]
fn tokens_are_not_asked_for_without_a_key() {
    for arguments in [&["--auth=jwt"][..], &["--auth=jwt", "--jwt-issuer=x"], &["--auth=jwt", "--jwt-audience=x"]] {
        let line = line_of(&configured(arguments).identity.jwt().expect_err("no token could be checked"));
        assert!(line.starts_with("--auth jwt needs a key") && line.contains("--jwt-secret-file"), "{line}");
    }
}

#[test]
fn a_setting_about_tokens_that_would_do_nothing_is_refused() {
    for flag in ["--jwt-secret-file", "--jwt-public-key-file", "--jwt-issuer", "--jwt-audience"] {
        for auth in [&[][..], &["--auth=off"]] {
            let arguments = [auth, &[flag, "x"]].concat();
            let line = line_of(&configured(&arguments).identity.jwt().expect_err("it would do nothing"));
            let variable = flag.trim_start_matches('-').to_uppercase().replace('-', "_");
            assert!(line.starts_with(&format!("{flag} (or {variable} in the environment)")), "{line}");
            assert!(line.contains("--auth jwt"), "{line}");
        }
    }
}

#[test]
fn an_empty_text_is_no_issuer_no_audience_and_no_file() {
    for flag in ["--jwt-secret-file", "--jwt-public-key-file", "--jwt-issuer", "--jwt-audience"] {
        assert!(refusal(&[&format!("{flag}=")]).contains(flag));
    }
}

#[test]
fn an_unknown_kind_of_identity_is_answered_with_those_there_are() {
    assert_eq!(refusal(&["--auth", "basic"]), "invalid value 'basic' for '--auth <KIND>' [possible values: off, jwt]");
}
