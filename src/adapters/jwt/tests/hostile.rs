//! Tokens that somebody made up, or tampered with.

use proptest::prelude::*;

use super::{
    super::{BadToken, jws::MAX_TOKEN},
    scene::{ALL_KINDS, Kind, NOW, SECRET, Scene, base64url, good_claims, sign},
};

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

fn payload() -> String {
    good_claims().to_string()
}

#[test]
fn what_is_no_token_at_all_is_refused() {
    let scene = Scene::of(&[Kind::Hs256]);
    let good = scene.signed(Kind::Hs256, HEADER, payload());
    let authenticator = scene.authenticator();
    authenticator.recognise(&good).expect("it is good as it is");
    let [header, payload, signature] = good.split('.').collect::<Vec<_>>().try_into().expect("three parts");
    // The last of 43 characters has four bits, so the next character but three spells the same bytes, carelessly.
    let last = signature.chars().next_back().expect("a character");
    let respelt = format!("{}{}", &signature[..signature.len() - 1], char::from(last as u8 + 1));
    for bad in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        header.to_owned(),
        format!("{header}.{payload}"),
        format!("{good}."),
        format!(".{good}"),
        format!("{good}.{signature}"),
        format!("{good}="),
        format!("{good} "),
        format!("{good}\n"),
        format!(" {good}"),
        format!("{header}==.{payload}.{signature}"),
        format!("{header}.{payload}.{}", &signature[..signature.len() - 2]),
        format!("{header}.{payload}.{respelt}"),
        format!("{header}.{payload}."),
        format!("{header}..{signature}"),
        format!(".{payload}.{signature}"),
        format!("{header}\0.{payload}.{signature}"),
        format!("{header}.{payload}.ß{signature}"),
        format!("{}.{payload}.{signature}", header.replace('e', "+")),
    ] {
        let refused = authenticator.recognise(&bad).expect_err(&bad);
        let expected = [BadToken::Malformed, BadToken::Signature, BadToken::Header];
        assert!(expected.contains(&refused), "{bad}: {refused:?}");
    }
}

#[test]
fn a_header_that_names_no_algorithm_of_ours_is_refused() {
    let scene = Scene::of(&ALL_KINDS);
    let authenticator = scene.authenticator();
    for algorithm in [
        r#""none""#,
        r#""None""#,
        r#""NONE""#,
        r#""nOnE""#,
        r#""""#,
        r#""HS384""#,
        r#""HS512""#,
        r#""hs256""#,
        r#""HS256 ""#,
        r#""ES384""#,
        r#""ES256K""#,
        r#""RS384""#,
        r#""RS512""#,
        r#""PS256""#,
        r#""Ed25519""#,
        r#""Ed448""#,
        r#""dir""#,
        "null",
        "0",
        "true",
        r#"["HS256"]"#,
        r#"{"HS256":1}"#,
    ] {
        let header = format!(r#"{{"alg":{algorithm},"typ":"JWT"}}"#);
        for kind in ALL_KINDS {
            let token = scene.signed(kind, &header, payload());
            assert_eq!(authenticator.recognise(&token), Err(BadToken::Algorithm), "{header}");
            let unsigned = token.rsplit_once('.').expect("a signature").0;
            assert_eq!(authenticator.recognise(&format!("{unsigned}.")), Err(BadToken::Algorithm), "{header}");
        }
    }
    assert_eq!(authenticator.recognise(&scene.signed(Kind::Hs256, "{}", payload())), Err(BadToken::Algorithm));
}

#[test]
fn a_longer_hash_under_the_same_secret_is_refused() {
    let scene = Scene::of(&[Kind::Hs256]);
    let secret = scene.signer(Kind::Hs256);
    for (algorithm, name) in [(jsonwebtoken::Algorithm::HS384, "HS384"), (jsonwebtoken::Algorithm::HS512, "HS512")] {
        let token = sign(secret, algorithm, format!(r#"{{"alg":"{name}"}}"#), payload());
        assert_eq!(scene.authenticator().recognise(&token), Err(BadToken::Algorithm));
        let token = sign(secret, algorithm, HEADER, payload());
        assert_eq!(scene.authenticator().recognise(&token), Err(BadToken::Signature));
    }
}

#[test]
fn a_public_key_is_no_secret_to_sign_with() {
    let scene = Scene::of(&ALL_KINDS);
    let without_secret = Scene::of(&[Kind::EdDsa, Kind::Es256, Kind::Rs256]);
    for (kind, public_key) in ALL_KINDS.into_iter().zip(&scene.public_keys).skip(1) {
        let text = String::from_utf8(public_key.clone()).expect("PEM is text");
        for secret in [text.clone(), text.trim().to_owned(), text.replace('\n', "")] {
            let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
            let token = sign(&key, jsonwebtoken::Algorithm::HS256, HEADER, payload());
            assert_eq!(scene.authenticator().recognise(&token), Err(BadToken::Signature), "{kind:?}");
            assert_eq!(without_secret.authenticator().recognise(&token), Err(BadToken::Algorithm), "{kind:?}");
        }
    }
}

#[test]
fn a_signature_of_one_kind_is_not_taken_for_another() {
    let scene = Scene::of(&ALL_KINDS);
    for claimed in ALL_KINDS {
        for signed in ALL_KINDS.into_iter().filter(|signed| *signed != claimed) {
            let header = format!(r#"{{"alg":"{:?}"}}"#, claimed.algorithm());
            let token = scene.signed(signed, header, payload());
            assert_eq!(scene.authenticator().recognise(&token), Err(BadToken::Signature), "{signed:?} as {claimed:?}");
        }
    }
}

#[test]
fn a_header_that_demands_an_extension_is_refused() {
    let scene = Scene::of(&[Kind::Hs256]);
    for critical in [r#"["exp"]"#, r#"["b64"],"b64":false"#, "[]", "null", r#""exp""#] {
        let header = format!(r#"{{"alg":"HS256","crit":{critical}}}"#);
        let token = scene.signed(Kind::Hs256, &header, payload());
        assert_eq!(scene.authenticator().recognise(&token), Err(BadToken::Critical), "{header}");
    }
}

#[test]
fn a_header_that_is_no_object_or_says_a_thing_twice_is_refused() {
    let scene = Scene::of(&[Kind::Hs256]);
    let deep = format!(r#"{{"alg":"HS256","x":{}"#, "[".repeat(1500));
    for header in [
        "",
        "null",
        "[]",
        r#""HS256""#,
        "HS256",
        "{",
        r#"{"alg":"HS256""#,
        r#"{"alg":"HS256"}}"#,
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"none","alg":"HS256"}"#,
        r#"{"alg":"HS256","\u0061lg":"none"}"#,
        r#"{"alg":"HS256","kid":1,"kid":2}"#,
        &deep,
    ] {
        let token = scene.signed(Kind::Hs256, header, payload());
        assert_eq!(scene.authenticator().recognise(&token), Err(BadToken::Header), "{header}");
    }
    let token = scene.signed(Kind::Hs256, b"{\"alg\":\"HS256\",\"x\":\"\xff\"}", payload());
    assert_eq!(scene.authenticator().recognise(&token), Err(BadToken::Header));
}

#[test]
fn keys_that_a_token_brings_along_are_not_looked_at() {
    let scene = Scene::of(&[Kind::Hs256]);
    let brought = r#"{"alg":"HS256","kid":"../../dev/null","jku":"http://evil.example","jwk":{"kty":"oct","k":""}}"#;
    scene.authenticator().recognise(&scene.signed(Kind::Hs256, brought, payload())).expect("the secret signed it");
    let own = jsonwebtoken::EncodingKey::from_secret(b"");
    let token = sign(&own, jsonwebtoken::Algorithm::HS256, brought, payload());
    assert_eq!(scene.authenticator().recognise(&token), Err(BadToken::Signature));
}

#[test]
fn absurd_claims_are_refused_though_well_signed() {
    let scene = Scene::of(&[Kind::Hs256]);
    let authenticator = scene.authenticator();
    let refused = |payload: &str| authenticator.recognise(&scene.signed(Kind::Hs256, HEADER, payload)).err();
    for time in [
        "-1",
        "-0",
        "-0.0",
        "-1800000100.5",
        "1e20",
        "1e400",
        "-1e400",
        "1e99999999999999999999",
        "1e-99999999999999999999",
        "18446744073709551616.5",
        "18446744073709551616",
        "99999999999999999999999999999999999999",
        r#""1800000100""#,
        r#""""#,
        "true",
        "[]",
        "[1800000100]",
        "{}",
    ] {
        let expiry = format!(r#"{{"sub":"alice","exp":{time}}}"#);
        assert_eq!(refused(&expiry), Some(BadToken::Expiry), "{expiry}");
        let beginning = format!(r#"{{"sub":"alice","exp":{},"nbf":{time}}}"#, NOW + 60);
        assert_eq!(refused(&beginning), Some(BadToken::NotBefore), "{beginning}");
    }
    for text in ["7", "true", r#"["alice"]"#, "[]", "{}"] {
        let subject = format!(r#"{{"sub":{text},"exp":{}}}"#, NOW + 60);
        assert_eq!(refused(&subject), Some(BadToken::Subject), "{subject}");
        let scope = format!(r#"{{"sub":"alice","exp":{},"scope":{text}}}"#, NOW + 60);
        assert_eq!(refused(&scope), Some(BadToken::Scope), "{scope}");
    }
}

#[test]
fn claims_that_are_no_object_or_say_a_thing_twice_are_refused_though_well_signed() {
    let scene = Scene::of(&[Kind::Hs256]);
    let good = payload();
    let open = good.strip_suffix('}').expect("an object");
    for payload in [
        String::new(),
        "null".to_owned(),
        "7".to_owned(),
        format!("[{good}]"),
        format!("{good}{good}"),
        format!("{good},"),
        open.to_owned(),
        format!(r#"{open},"exp":{NOW}}}"#),
        format!(r#"{open},"\u0065xp":{NOW}}}"#),
        format!(r#"{open},"sub":"alice"}}"#),
        format!(r#"{open},"iss":"a","iss":"b"}}"#),
        format!(r#"{open},"email":"a","email":"b"}}"#),
        "[".repeat(1500),
        r#"{"x":"#.repeat(300),
    ] {
        let token = scene.signed(Kind::Hs256, HEADER, &payload);
        assert_eq!(scene.authenticator().recognise(&token), Err(BadToken::Claims), "{payload}");
    }
    let token = scene.signed(Kind::Hs256, HEADER, b"{\"sub\":\"\xff\"}");
    assert_eq!(scene.authenticator().recognise(&token), Err(BadToken::Claims));
}

#[test]
fn a_token_has_a_longest_length() {
    let scene = Scene::of(&[Kind::Hs256]);
    let padded = |length: usize| {
        let payload = format!(r#"{{"sub":"alice","exp":{},"x":"{}"}}"#, NOW + 60, "x".repeat(length));
        scene.signed(Kind::Hs256, HEADER, payload)
    };
    let bare = padded(0).len();
    let longest = (0..).map(padded).skip((MAX_TOKEN - bare) * 3 / 4 - 2).take_while(|token| token.len() <= MAX_TOKEN);
    scene.authenticator().recognise(&longest.last().expect("some fit")).expect("it is good");

    let too_long = padded((MAX_TOKEN - bare) * 3 / 4 + 2);
    assert_eq!(scene.authenticator().recognise(&too_long), Err(BadToken::TooLong));
    assert_eq!(scene.authenticator().recognise(&".".repeat(100_000_000)), Err(BadToken::TooLong));
}

fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,40}",
        prop::collection::vec(any::<u8>(), 0..60).prop_map(base64url),
        Just(base64url(HEADER)),
        Just(base64url(payload())),
    ]
}

/// Parts of what could stand in a header or in claims, right and wrong.
fn members() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["alg", "crit", "exp", "nbf", "sub", "scope", "iss", "aud", "\\u0065xp", "x"]);
    let value = prop_oneof![
        prop::sample::select(vec!["null", "true", "[]", "{}", "\"HS256\"", "\"alice\"", "\"\\ud800\"", "\"", "1e999"])
            .prop_map(ToOwned::to_owned),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| number.to_string()),
        ".{0,10}",
    ];
    prop::collection::vec((name, value), 0..6).prop_map(|members| {
        let members: Vec<_> = members.iter().map(|(name, value)| format!(r#""{name}":{value}"#)).collect();
        format!("{{{}}}", members.join(","))
    })
}

fn three_parts() -> impl Strategy<Value = String> {
    (part(), part(), part()).prop_map(|(header, payload, signature)| format!("{header}.{payload}.{signature}"))
}

proptest! {
    #[test]
    fn no_text_is_taken_that_nobody_signed(text in prop_oneof![".{0,200}", three_parts()]) {
        let refused = Scene::of(&[Kind::Hs256, Kind::EdDsa]).authenticator().recognise(&text);
        prop_assert!(refused.is_err());
    }

    #[test]
    fn no_change_to_a_token_goes_unnoticed(
        at in any::<prop::sample::Index>(),
        to in "[ -~]",
        kind in prop::sample::select(vec![Kind::Hs256, Kind::EdDsa, Kind::Es256]),
    ) {
        let scene = Scene::of(&[kind]);
        let token = scene.token(kind, &good_claims());
        let at = at.index(token.len());
        let changed = format!("{}{to}{}", &token[..at], &token[at + 1..]);
        prop_assert_eq!(scene.authenticator().recognise(&changed).is_ok(), changed == token);
        prop_assert!(scene.authenticator().recognise(&token[..at]).is_err());
    }

    #[test]
    fn whatever_is_well_signed_is_judged_without_a_panic_and_no_word_of_it_is_repeated(
        header in prop_oneof![members(), Just(HEADER.to_owned())],
        payload in members(),
    ) {
        let scene = Scene::of(&[Kind::Hs256]);
        let token = scene.signed(Kind::Hs256, &header, &payload);
        if let Err(refused) = scene.authenticator().recognise(&token) {
            let said = refused.to_string();
            prop_assert!(token.split('.').all(|part| part.len() < 4 || !said.contains(part)));
            prop_assert!(!said.contains(str::from_utf8(SECRET).expect("text")));
        }
    }
}
